import type { RetryClock } from '@waybill/core/async';

/** Time that passes only when everybody waits: hours of waiting in milliseconds, in one order each time. */
export interface VirtualTime extends RetryClock {
  /**
   * Lets time pass, from one end of a sleep to the next, until these are settled.
   * @throws Error where they wait for something that no passing of time brings
   */
  run<T>(work: readonly Promise<T>[]): Promise<readonly PromiseSettledResult<T>[]>;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Turns of the event loop without a new sleeper after which everybody waits. */
const QUIET_TURNS = 3;

/** @param random in [0, 1) */
export function createVirtualTime(random: () => number = () => 0.5, start = 0): VirtualTime {
  let now = start;
  let count = 0;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    random,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        const leave = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
        };
        const onAbort = (): void => {
          leave();
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          at: now + Math.max(0, ms),
          order: (count += 1),
          wake: () => {
            leave();
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async run(work) {
      let settled = false;
      const all = Promise.allSettled(work).then((results) => {
        settled = true;
        return results;
      });
      while (!settled) {
        for (let quiet = 0, before = count; quiet < QUIET_TURNS && !settled; quiet = count === before ? quiet + 1 : 0) {
          before = count;
          await new Promise((resolve) => setImmediate(resolve));
        }
        if (settled) break;
        const next = [...sleepers].sort((a, b) => a.at - b.at || a.order - b.order)[0];
        if (next === undefined) throw new Error('Everybody waits, and nobody sleeps.');
        now = Math.max(now, next.at);
        next.wake();
      }
      return all;
    },
  };
}
