import { describe, expect, test } from '@jest/globals';
import { isSameKey, keyProblems } from './key.ts';

describe('keyProblems', () => {
  test('512 characters and ten keys are right', () => {
    expect(
      keyProblems(
        'k'.repeat(512),
        Array.from({ length: 9 }, (_, at) => `r${at}`),
      ),
    ).toEqual([]);
  });

  test.each([
    ['an empty key', '', [], 'a key is empty'],
    ['a comma', 'a,b', [], '"a,b" holds a comma'],
    ['513 characters', 'k'.repeat(513), [], 'has 513 characters, at most 512'],
    ['half a character', 'a\ud800', [], 'half a Unicode character'],
    ['a comma in a restore key', 'a', ['b,'], '"b," holds a comma'],
    ['eleven keys', 'a', Array.from({ length: 10 }, (_, at) => `r${at}`), 'there are 11 keys'],
  ])('%s is wrong', (_, key, restoreKeys, problem) => {
    expect(keyProblems(key, restoreKeys)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('isSameKey', () => {
  test.each([
    ['Linux-npm', 'linux-NPM', true],
    ['a', 'á', false],
    ['a', 'a-1', false],
  ])('%j and %j: %s', (key, matched, same) => {
    expect(isSameKey(key, matched)).toBe(same);
  });
});
