import { WaybillError } from '../../errors/index.ts';
import type { CopyOptions, CopyPlan, CopyResult } from './types.ts';

/** Copies an image with what is attached to it; the root is written after all its parts, tags after the root. */
export async function copyImage(options: CopyOptions): Promise<CopyResult> {
  throw new WaybillError('NOT_BUILT', `copy to ${options.to.host}`, { kind: 'bug' });
}

/** What {@link copyImage} would do. Nothing is written. */
export async function planCopy(options: CopyOptions): Promise<CopyPlan> {
  throw new WaybillError('NOT_BUILT', `plan to ${options.to.host}`, { kind: 'bug' });
}
