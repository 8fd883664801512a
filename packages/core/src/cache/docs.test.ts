import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { REASONS } from './outcome.ts';

const PAGE = readFileSync(new URL('../../../../docs/troubleshooting-misses.md', import.meta.url), 'utf8');

/** The cells of all rows of its tables, without titles. */
const ROWS = PAGE.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| reason '))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/troubleshooting-misses.md', () => {
  test('has a row for every reason, and no other', () => {
    const told = ROWS.map(([reason = '']) => (reason === '(empty)' ? '' : reason.replace(/^`(.*)`$/, '$1')));
    expect([...told].sort()).toEqual([...REASONS].sort());
  });

  test.each(ROWS.map((cells) => [cells[0], cells] as const))('says of %s what it means and what to do', (_, cells) => {
    expect(cells).toHaveLength(5);
    expect(cells.filter((cell) => cell === '')).toEqual([]);
  });
});
