import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LEAST_PERMISSIONS, type StoreUse, showPermissions } from '@waybill/core/cache';
import { JOB_PERMISSIONS, overviewRows, readmeRows } from './job-permissions.ts';
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

const pageSection = (title: string) =>
  readFileSync(join(ROOT, 'docs', 'permissions.md'), 'utf8')
    .split(/^##? /m)
    .find((part) => part.startsWith(`${title}\n`)) ?? '';

describe('the table of least permissions', () => {
  test.each(Object.keys(USES))('in the README of %s is that of the code', (action) => {
    expect(tableOf(sectionOf(action))).toEqual(expectedTable(USES[action] ?? []));
    expect(sectionOf(action)).toContain('(../../docs/permissions.md)');
  });

  test('in docs/permissions.md is that of the code, whole', () => {
    expect(tableOf(pageSection('Caches, by store'))).toEqual(expectedTable(['restore', 'save']));
  });

  test('by action is in docs/permissions.md, an action a line', () => {
    expect(tableOf(pageSection('Permissions'))).toEqual(overviewRows());
  });

  test.each(['build-image-once', 'promote', 'verify-digest'])('of %s is in its README', (action) => {
    expect(tableOf(sectionOf(action))).toEqual(readmeRows(action));
    expect(sectionOf(action)).toContain('(../../docs/permissions.md)');
  });

  test('by action says of the cache what the stores need, and no more', () => {
    for (const [action, uses] of Object.entries(USES)) {
      const own = LEAST_PERMISSIONS.filter(({ use, place }) => uses.includes(use) && place.startsWith('a package'));
      expect(JOB_PERMISSIONS[action]?.map(({ permission }) => permission)).toEqual([
        own.map(showPermissions).toSorted().at(-1),
      ]);
    }
  });

  test.each(readPlan(ROOT).map(({ name }) => name))('%s says in its README what it needs', (action) => {
    expect(sectionOf(action)).not.toBe('');
  });
});
