import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffDelay } from './backoff.ts';
import { type RetryPolicy, withRetry } from './with-retry.ts';

function fakeClock(random = 0.5) {
  let now = 1000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
    random: () => random,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
  };
}

const policy: RetryPolicy = { attempts: 4, baseMs: 100, capMs: 250, budgetMs: 10_000, retryable: () => true };

function failing(times: number) {
  const attempts: number[] = [];
  const operation = async (attempt: number) => {
    attempts.push(attempt);
    if (attempt <= times) throw new Error(`failure ${attempt}`);
    return 'done';
  };
  return { attempts, operation };
}

describe('withRetry', () => {
  test('gives the first success, after waits that double up to the cap and are jittered', async () => {
    const clock = fakeClock(0.5);
    const { operation, attempts } = failing(3);
    await expect(withRetry(operation, policy, clock)).resolves.toBe('done');
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(clock.slept).toEqual([50, 100, 125]);
  });

  test('throws the last error as it is when the tries are used up', async () => {
    const { operation, attempts } = failing(9);
    await expect(withRetry(operation, policy, fakeClock())).rejects.toThrow('failure 4');
    expect(attempts).toHaveLength(4);
  });

  test('does not try again what trying cannot help', async () => {
    const clock = fakeClock();
    const { operation, attempts } = failing(9);
    await expect(withRetry(operation, { ...policy, retryable: () => false }, clock)).rejects.toThrow('failure 1');
    expect(attempts).toEqual([1]);
    expect(clock.slept).toEqual([]);
  });

  test('waits as long as the other side asked, past the cap', async () => {
    const clock = fakeClock();
    const { operation } = failing(1);
    await withRetry(operation, { ...policy, retryAfterMs: () => 3000 }, clock);
    expect(clock.slept).toEqual([3000]);
  });

  test('does not begin a wait that would pass the budget', async () => {
    const clock = fakeClock();
    const { operation, attempts } = failing(9);
    await expect(withRetry(operation, { ...policy, budgetMs: 2999, retryAfterMs: () => 1000 }, clock)).rejects.toThrow(
      'failure 3',
    );
    expect(attempts).toEqual([1, 2, 3]);
  });

  test('counts the time that the tries took against the budget', async () => {
    const clock = fakeClock();
    const slow = async () => {
      clock.pass(6000);
      throw new Error('slow');
    };
    await expect(withRetry(slow, policy, clock)).rejects.toThrow('slow');
    expect(clock.slept).toHaveLength(1);
  });

  test('an abort ends the wait with the reason of the signal', async () => {
    const abort = new AbortController();
    const clock = fakeClock();
    const { operation, attempts } = failing(9);
    const onRetry = () => abort.abort(new Error('enough'));
    await expect(withRetry(operation, { ...policy, onRetry }, clock, abort.signal)).rejects.toThrow('enough');
    expect(attempts).toEqual([1]);
  });

  test('an error that comes out of an aborted try is told as the abort', async () => {
    const abort = new AbortController();
    const operation = async () => {
      abort.abort(new Error('enough'));
      throw new Error('socket closed');
    };
    await expect(withRetry(operation, policy, fakeClock(), abort.signal)).rejects.toThrow('enough');
  });
});

test('a wait is never negative, never past the cap, never past the doubled base', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.nat(100_000),
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      (baseMs, capMs, failures, random) => {
        const delay = backoffDelay({ baseMs, capMs }, failures, () => random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(capMs, baseMs * 2 ** (failures - 1)));
      },
    ),
  );
});
