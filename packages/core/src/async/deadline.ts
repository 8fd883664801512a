import { WaybillError } from '../errors/index.ts';
import { type Sleep, sleep as timerSleep } from './sleep.ts';

export interface DeadlineOptions {
  /** What takes the time, for the message: `GET https://…`. */
  readonly what: string;
  readonly signal?: AbortSignal;
  readonly sleep?: Sleep;
}

/**
 * What `operation` gives, if it does so within `ms` milliseconds. Its signal aborts at the deadline, and with the
 * caller's; the promise does not wait for an operation that ignores it.
 * @throws WaybillError `DEADLINE_EXCEEDED`; the caller's reason after an abort
 */
export async function withDeadline<T>(
  ms: number,
  operation: (signal: AbortSignal) => Promise<T>,
  { what, signal, sleep = timerSleep }: DeadlineOptions,
): Promise<T> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const done = new AbortController();
  const both = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  const aborted = new Promise<never>((_, reject) => {
    both.addEventListener('abort', () => reject(both.reason), { once: true, signal: done.signal });
  });
  sleep(ms, done.signal).then(
    () => late.abort(deadlineExceeded(what, ms)),
    () => undefined,
  );
  try {
    return await Promise.race([operation(both), aborted]);
  } finally {
    done.abort();
  }
}

function deadlineExceeded(what: string, ms: number): WaybillError {
  return new WaybillError('DEADLINE_EXCEEDED', `${what} took longer than ${ms} ms`, {
    kind: 'remote',
    hint: 'Try again later.',
  });
}
