/** A gate that lets a fixed number of tasks run at once; the others wait in the order in which they came. */
export interface Limit {
  /** Runs the task when there is room. An abort while it waits rejects with the signal's reason, and it never starts. */
  <T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Waits for room and takes it; the function that comes back gives it up, and does so once. */
  enter(signal?: AbortSignal): Promise<() => void>;
}

/**
 * A gate for `n` tasks at once.
 * @param n a whole number from 1, or Infinity
 * @throws RangeError for any other `n`
 */
export function limit(n: number): Limit {
  if (!(n >= 1) || (n !== Infinity && !Number.isInteger(n)))
    throw new RangeError(`limit(${n}): expected a whole number from 1`);
  let running = 0;
  const waiting = new Set<() => void>();

  const leaver = () => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      running -= 1;
      const next = waiting.values().next();
      if (!next.done) next.value();
    };
  };

  const enter = (signal?: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const start = () => {
        waiting.delete(start);
        signal?.removeEventListener('abort', onAbort);
        running += 1;
        resolve(leaver());
      };
      const onAbort = () => {
        waiting.delete(start);
        reject(signal?.reason);
      };
      if (running < n) {
        start();
        return;
      }
      waiting.add(start);
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  const run = async <T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const leave = await enter(signal);
    try {
      return await task();
    } finally {
      leave();
    }
  };
  return Object.assign(run, { enter });
}
