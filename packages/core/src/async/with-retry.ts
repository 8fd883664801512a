import { type Backoff, backoffDelay } from './backoff.ts';
import type { Sleep } from './sleep.ts';

export interface RetryPolicy extends Backoff {
  /** Tries in all, the first included; at least 1. */
  readonly attempts: number;
  /** Milliseconds from the start of the first try; a wait that would end later is not begun. */
  readonly budgetMs: number;
  /** Whether trying again can help. An abort is never retried, whatever this says. */
  readonly retryable: (error: unknown) => boolean;
  /** Milliseconds that the other side asked to wait, where it did: waited in full, even past `capMs`. */
  readonly retryAfterMs?: (error: unknown) => number | undefined;
  /** Told before each wait. */
  readonly onRetry?: (retry: Retry) => void;
}

export interface Retry {
  /** How many tries have failed, from 1. */
  readonly failures: number;
  readonly delayMs: number;
  readonly error: unknown;
}

/** Time and chance, as arguments. */
export interface RetryClock {
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * What `operation` gives, tried again as the policy says. When tries or budget are used up, or trying again cannot help,
 * the last error is thrown as it is; after an abort, the signal's reason.
 */
export async function withRetry<T>(
  operation: (attempt: number) => Promise<T>,
  policy: RetryPolicy,
  clock: RetryClock,
  signal?: AbortSignal,
): Promise<T> {
  const start = clock.now();
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= policy.attempts || !policy.retryable(error)) throw error;
      const asked = policy.retryAfterMs?.(error) ?? 0;
      const delayMs = Math.max(asked, backoffDelay(policy, attempt, clock.random));
      if (clock.now() - start + delayMs > policy.budgetMs) throw error;
      policy.onRetry?.({ failures: attempt, delayMs, error });
      await clock.sleep(delayMs, signal);
    }
  }
}
