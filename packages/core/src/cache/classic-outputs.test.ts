import { describe, expect, test } from '@jest/globals';
import { classicOutputs, failsOnMiss } from './classic-outputs.ts';
import type { Reason, RestoreOutcome, RestoreResult } from './outcome.ts';

const KEY = 'deps-1';

function outcome(result: RestoreResult, reason: Reason, matchedKey?: string): RestoreOutcome {
  const numbers = { restoredFiles: 0, restoredBytes: 0, downloadedBytes: 0, durationMs: 0 };
  return matchedKey === undefined ? { result, reason, ...numbers } : { result, reason, matchedKey, ...numbers };
}

type Row = readonly [string, RestoreOutcome, string | undefined, string | undefined, string | undefined, boolean];

/** The rows of actions/cache (src/restoreImpl.ts); the last column: does fail-on-cache-miss fail. */
const TABLE: readonly Row[] = [
  ['no service', outcome('skipped', 'no-service'), 'false', undefined, undefined, false],
  ['no ref', outcome('skipped', 'no-ref'), undefined, undefined, undefined, false],
  ['exact match', outcome('exact', '', KEY), 'true', KEY, KEY, false],
  ['exact but for the case', outcome('exact', '', 'DEPS-1'), 'true', KEY, 'DEPS-1', false],
  ['restore-key match', outcome('partial', 'restore-key', 'deps-0'), 'false', KEY, 'deps-0', false],
  ['key-prefix match', outcome('partial', 'key-prefix', 'deps-10'), 'false', KEY, 'deps-10', false],
  ['miss', outcome('miss', 'no-entry'), undefined, KEY, undefined, true],
  ['corrupt entry', outcome('miss', 'corrupt'), undefined, KEY, undefined, true],
  ['refused entry', outcome('refused', 'policy'), undefined, KEY, undefined, true],
  ['restore error', outcome('error', 'unreachable'), undefined, KEY, undefined, true],
  ['cache-mode none', outcome('skipped', 'mode'), undefined, KEY, undefined, true],
];

describe('the outputs of actions/cache', () => {
  test.each(TABLE)('%s', (_, result, hit, primary, matched, fails) => {
    expect(classicOutputs(result, KEY)).toEqual({
      'cache-hit': hit,
      'cache-primary-key': primary,
      'cache-matched-key': matched,
    });
    expect(failsOnMiss(result)).toBe(fails);
  });
});
