/** Reads that come too early: for a while after a write they see what was there before. */
export interface Lag {
  /** Told before a write changes what `key` names; `before` is what a reader saw until now. */
  wrote(key: string, before: unknown): void;
  /** What a reader sees: `now`, or what was there before. */
  seen<T>(key: string, now: T): T;
}

/** @param reads how many reads after a write are stale */
export function createLag(reads: () => number): Lag {
  const stale = new Map<string, { before: unknown; left: number }>();
  return {
    wrote(key, before) {
      if (reads() > 0) stale.set(key, { before, left: reads() });
    },
    seen(key, now) {
      const old = stale.get(key);
      if (old === undefined || old.left === 0) return now;
      old.left -= 1;
      // What was stored under a key has the type that is read under it.
      return old.before as typeof now;
    },
  };
}
