import type { CacheLog } from './cache-log.ts';
import { formatBytes, formatCount } from './format.ts';

/** Between two lines, in milliseconds: short work stays silent, long work shows that it moves. */
const BETWEEN = 5_000;

/**
 * Reports long work, at most a line every five seconds, the first after five.
 * @param verb `restored`, `saved`: goes before the numbers
 */
export function reportProgress(
  log: CacheLog,
  now: () => number,
  verb: string,
): (progress: { readonly files: number; readonly bytes: number }) => void {
  let last = now();
  return ({ files, bytes }) => {
    const time = now();
    if (time - last < BETWEEN) return;
    last = time;
    log.info(`${verb} ${formatCount(files, 'file')}, ${formatBytes(bytes)} so far`);
  };
}
