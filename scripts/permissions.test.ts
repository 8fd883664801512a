import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LEAST_PERMISSIONS, type StoreUse, showPermissions } from '@waybill/core/cache';
import { readPlan } from './plan.mjs';

const ROOT = join(import.meta.dirname, '..');

/** What an action does with the entries of a store. */
const USES: Readonly<Record<string, readonly StoreUse[]>> = {
  cache: ['restore', 'save'],
  'restore-cache': ['restore'],
  'save-cache': ['save'],
};

function expectedTable(uses: readonly StoreUse[]): readonly string[] {
  return [
    '| Store | Where it is | To | `permissions` | Besides |',
    '| --- | --- | --- | --- | --- |',
    ...LEAST_PERMISSIONS.filter(({ use }) => uses.includes(use)).map((row) => {
      const shown = showPermissions(row);
      const cells = [`\`${row.uri}\``, row.place, row.use, shown === 'none' ? shown : `\`${shown}\``, row.besides];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

const tableOf = (markdown: string) => markdown.split('\n').filter((line) => line.startsWith('|'));
const readme = (action: string) => readFileSync(join(ROOT, 'actions', action, 'README.md'), 'utf8');
const sectionOf = (action: string) =>
  readme(action)
    .split(/^## /m)
    .find((part) => part.startsWith('Permissions\n')) ?? '';

describe('the table of least permissions', () => {
  test.each(Object.keys(USES))('in the README of %s is that of the code', (action) => {
    expect(tableOf(sectionOf(action))).toEqual(expectedTable(USES[action] ?? []));
    expect(sectionOf(action)).toContain('(../../docs/permissions.md)');
  });

  test('in docs/permissions.md is that of the code, whole', () => {
    const page = readFileSync(join(ROOT, 'docs', 'permissions.md'), 'utf8');
    expect(tableOf(page)).toEqual(expectedTable(['restore', 'save']));
  });

  test.each(readPlan(ROOT).map(({ name }) => name))('%s says in its README what it needs', (action) => {
    expect(sectionOf(action)).not.toBe('');
  });
});
