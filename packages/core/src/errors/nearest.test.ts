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
])('%j is most like %j', (word, expected) => {
  expect(nearest(word, ['save', 'restore', 'list', 'explain'])).toBe(expected);
});
