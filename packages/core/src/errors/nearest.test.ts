import { expect, test } from '@jest/globals';
import { nearest } from './nearest.ts';

test.each([
  ['sav', 'save'],
  ['svae', 'save'],
  ['restroe', 'restore'],
  ['expl', 'explain'],
  ['SAVE', undefined],
  ['frobnicate', undefined],
  ['', undefined],
  // As many letters as another word, and none of its meaning.
  ['path', undefined],
  ['key', undefined],
])('%j is most like %j', (word, expected) => {
  expect(nearest(word, ['save', 'restore', 'list', 'explain', 'auto', 'ref'])).toBe(expected);
});
