import { limit, type RetryClock } from '../async/index.ts';

/** When requests may be sent (GitHub's "Best practices for using the REST API"). */
export interface Pace {
  /** Runs a read: at most so many at once. */
  read<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs a write: one at a time, and a second after the one before was begun. */
  write<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Lets nobody begin for so many milliseconds: a limit was met, and who goes on all the same is shut out for longer. Where
   * that is longer than the budget, whoever comes gets the error of the limit at once.
   */
  hold(ms: number, error: Error): void;
}

export interface PaceOptions {
  readonly clock: RetryClock;
  /** Milliseconds from the start of one write to that of the next. */
  readonly writeGapMs: number;
  /** The longest that a request waits for a limit to end, in milliseconds. */
  readonly budgetMs: number;
}

const READS_AT_ONCE = 8;

export function createPace({ clock, writeGapMs, budgetMs }: PaceOptions): Pace {
  const reads = limit(READS_AT_ONCE);
  const writes = limit(1);
  let lastWrite = Number.NEGATIVE_INFINITY;
  let held: { readonly until: number; readonly error: Error } | undefined;

  const untilReleased = async (signal?: AbortSignal) => {
    for (let wait = remaining(); wait > 0; wait = remaining()) {
      if (held !== undefined && wait > budgetMs) throw held.error;
      await clock.sleep(wait, signal);
    }
  };
  const remaining = () => (held?.until ?? 0) - clock.now();

  return {
    read: (run, signal) =>
      reads(async () => {
        await untilReleased(signal);
        return run();
      }, signal),
    write: (run, signal) =>
      writes(async () => {
        const wait = lastWrite + writeGapMs - clock.now();
        if (wait > 0) await clock.sleep(wait, signal);
        await untilReleased(signal);
        lastWrite = clock.now();
        return run();
      }, signal),
    hold(ms, error) {
      const until = clock.now() + ms;
      if (until > (held?.until ?? 0)) held = { until, error };
    },
  };
}
