/** What a link is like, in one direction. */
export interface LinkShape {
  /** Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** Milliseconds from one end to the other. */
  readonly latencyMs: number;
}

/** Tells when bytes come out of a link that went in now. Milliseconds of one clock. */
export type Pacer = (now: number, bytes: number) => number;

/** One direction of a link, or of several connections that share it: bytes leave one after the other, then travel. */
export function createPacer({ bytesPerSecond, latencyMs }: LinkShape): Pacer {
  let freeAt = 0;
  return (now, bytes) => {
    freeAt = Math.max(now, freeAt) + (bytes / bytesPerSecond) * 1000;
    return freeAt + latencyMs;
  };
}
