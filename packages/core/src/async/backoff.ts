/** How long to wait between tries. All in milliseconds. */
export interface Backoff {
  /** Upper bound of the first wait; it doubles with every further one. */
  readonly baseMs: number;
  /** The bound that doubling stops at. */
  readonly capMs: number;
}

/**
 * Exponential backoff with full jitter: a random share of the bound, so that clients which failed together do not come
 * back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 * @param failures how many tries have failed, from 1
 * @param random gives numbers in [0, 1)
 */
export function backoffDelay({ baseMs, capMs }: Backoff, failures: number, random: () => number): number {
  return Math.floor(random() * Math.min(capMs, baseMs * 2 ** (failures - 1)));
}
