import { expect, test } from '@jest/globals';
import { WaybillError } from '@waybill/core/errors';
import { errorExitCode } from './error-exit-code.ts';

test.each([
  ['user', 2],
  ['remote', 3],
  ['integrity', 4],
  ['bug', 70],
] as const)('an error of kind %s ends with %d', (kind, code) => {
  expect(errorExitCode(new WaybillError('X', 'x', { kind }))).toBe(code);
});

test('a full disk is a failure, a TypeError a bug', () => {
  expect(errorExitCode(Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toBe(3);
  expect(errorExitCode(new TypeError('x is undefined'))).toBe(70);
});
