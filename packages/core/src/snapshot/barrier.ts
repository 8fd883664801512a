import { lstatSync, lutimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { barrierIn, closeStage, openStage } from './stage.ts';
import { seenAt, utimesArgument } from './stat-times.ts';

/**
 * The time (µs) of the root's file system, now; 0 where nothing can be written to ask it, and then no ctime proves
 * anything. The root looks afterwards as it looked before.
 */
export function measureBarrier(root: string, nonce: string, now: number): number {
  try {
    const seen = seenAt(root);
    const stage = openStage(root, seen.dev, nonce, now);
    try {
      return barrierIn(stage);
    } finally {
      closeStage(stage);
      if (dirname(stage.dir) === root && lstatSync(root).isDirectory()) {
        lutimesSync(root, utimesArgument(seen.mtimeUs), utimesArgument(seen.mtimeUs));
      }
    }
  } catch {
    return 0;
  }
}
