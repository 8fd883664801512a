import { expect, test } from '@jest/globals';
import { formatBytes, formatCount, formatSeconds } from './format.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [150 * 1024 ** 2, '150 MiB'],
  [3 * 1024 ** 5, '3072 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('counts and times read as people write them', () => {
  expect([formatCount(1, 'file'), formatCount(1234, 'file'), formatSeconds(49), formatSeconds(12_345)]).toEqual([
    '1 file',
    '1,234 files',
    '0.0 s',
    '12 s',
  ]);
});
