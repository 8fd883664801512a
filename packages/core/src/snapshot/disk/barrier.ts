import { barrierIn, closeStage, openStage } from './stage.ts';
import { seenAt } from './stat-times.ts';

/**
 * The time (µs) of the root's file system, now; 0 where nothing can be written to ask it, and then no ctime proves
 * anything. The root looks afterwards as it looked before.
 */
export function measureBarrier(root: string, nonce: string, now: number): number {
  try {
    const stage = openStage(root, seenAt(root).dev, nonce, now);
    try {
      return barrierIn(stage);
    } finally {
      closeStage(stage);
    }
  } catch {
    return 0;
  }
}
