import { limit, type RetryClock } from '../async/index.ts';

/** When requests may be sent (GitHub's "Best practices for using the REST API"). */
export interface Pace {
  /** Runs a read: at most so many at once. */
  read<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs a write: one at a time, and a second after the one before was begun. */
  write<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export interface PaceOptions {
  readonly clock: RetryClock;
  /** Milliseconds from the start of one write to that of the next. */
  readonly writeGapMs: number;
}

const READS_AT_ONCE = 8;

export function createPace({ clock, writeGapMs }: PaceOptions): Pace {
  const reads = limit(READS_AT_ONCE);
  const writes = limit(1);
  let lastWrite = Number.NEGATIVE_INFINITY;
  return {
    read: reads,
    write: (run, signal) =>
      writes(async () => {
        const wait = lastWrite + writeGapMs - clock.now();
        if (wait > 0) await clock.sleep(wait, signal);
        lastWrite = clock.now();
        return run();
      }, signal),
  };
}
