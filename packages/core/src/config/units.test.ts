import { expect, test } from '@jest/globals';
import { DURATION, PERCENT, parseDuration, parsePercent, parseSize, SIZE } from './units.ts';

test.each([
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
])('%s is a duration', (text, ms) => {
  expect(new RegExp(DURATION).test(text)).toBe(true);
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['100', 100],
  ['1kB', 1000],
  ['500MB', 500_000_000],
  ['10GiB', 10 * 1024 ** 3],
  ['1.5 GiB', 1.5 * 1024 ** 3],
  ['2T', 2e12],
])('%s is a size', (text, bytes) => {
  expect(new RegExp(SIZE).test(text)).toBe(true);
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  ['60%', 0.6],
  ['0.5%', 0.005],
  ['100%', 1],
])('%s is a share', (text, share) => {
  expect(new RegExp(PERCENT).test(text)).toBe(true);
  expect(parsePercent(text)).toBeCloseTo(share);
});

test.each(['', '1', 'h', '-1h', '1h30m', '1 h', '1y', '1H'])('%j is no duration', (text) => {
  expect(new RegExp(DURATION).test(text)).toBe(false);
});

test.each(['', 'GiB', '-1', '1e9', '1XB', '1 0'])('%j is no size', (text) => {
  expect(new RegExp(SIZE).test(text)).toBe(false);
});

test.each(['', '60', '101%', '-1%', '1000%'])('%j is no share', (text) => {
  expect(new RegExp(PERCENT).test(text)).toBe(false);
});
