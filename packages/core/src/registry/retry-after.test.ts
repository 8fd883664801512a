import { expect, test } from '@jest/globals';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 1);

test.each([
  ['120', '', 120_000],
  ['0', '', 0],
  ['Thu, 01 Jan 2026 00:00:30 GMT', '', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', '', 0],
  [undefined, 'toomanyrequests: retry-after: 12.5ms, allowed: 2000/minute', 13],
  [undefined, 'retry-after: 1h2m3s', 3_723_000],
  [undefined, 'Retry-After: 450.5µs', 1],
  ['soon', 'retry-after: 2s', 2000],
  ['soon', '', undefined],
  [undefined, 'slow down', undefined],
  [undefined, 'retry-after: never', undefined],
])('Retry-After %s and a body of %j are %p ms', (header, body, ms) => {
  expect(retryAfterMs(header, body, NOW)).toBe(ms);
});
