import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readWrongInputs } from '@waybill/testing/runner';
import { readAction } from './manifests.ts';

const ROOT = join(import.meta.dirname, '..');

/** Inputs that take any text: those of actions/cache that are true or false by its rules, and those without effect. */
const NEVER_WRONG = [
  'lookup-only',
  'fail-on-cache-miss',
  'enableCrossOsArchive',
  'upload-chunk-size',
  'save-always',
  'github-token',
  'job-status',
];

describe.each(['cache', 'restore-cache', 'save-cache', 'setup'])('the table of wrong inputs of %s', (name) => {
  const rows = readWrongInputs(readFileSync(join(ROOT, 'actions', name, 'README.md'), 'utf8'));

  test('has each input that can be wrong, and no other', async () => {
    const { inputNames } = await readAction(ROOT, name, []);
    const wrong = inputNames.filter((each) => !NEVER_WRONG.includes(each));
    expect([...new Set(rows.map((row) => row.name))].sort()).toEqual([...wrong].sort());
  });

  test('says something in each row, and nothing twice', () => {
    expect(rows.filter(({ message }) => message.length < 10)).toEqual([]);
    const shown = rows.map((row) => `${row.name}: ${row.shown}`);
    expect(shown.filter((each, at) => shown.indexOf(each) !== at)).toEqual([]);
  });
});

test('values that cannot be shown are written out', () => {
  const table = '## Wrong inputs\n\n| Input | Value | Message |\n| --- | --- | --- |\n';
  const rows = ['| `a` | (empty) | `x` |', '| `a` | 3 lines `b` | `x` |', '| `a` | 4 letters `c` | `x` |'].join('\n');
  expect(readWrongInputs(table + rows).map(({ value }) => value)).toEqual(['', 'b\nb\nb\n', 'cccc']);
});
