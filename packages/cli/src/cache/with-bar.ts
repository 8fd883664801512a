import type { Snapshots } from '@waybill/core/cache';
import type { ProgressBar, ProgressState } from '../terminal/index.ts';

/**
 * Snapshots whose reading and writing shows on a bar instead of in lines.
 * @param restored what a restore will have written in all; asked when it begins
 */
export function withBar(
  load: () => Promise<Snapshots>,
  bar: ProgressBar | undefined,
  restored: () => ProgressState['total'],
): () => Promise<Snapshots> {
  if (bar === undefined) return load;
  return async () => {
    const { saveSnapshot, restoreSnapshot } = await load();
    return {
      saveSnapshot: async (options) => {
        let total: ProgressState['total'];
        const progress: typeof options.progress = ({ phase, files, bytes }) => {
          if (phase === 'walk') total = { files };
          const what = phase === 'publish' ? 'publishing' : 'saving';
          bar.update({ what, files: phase === 'walk' ? 0 : files, bytes, ...(total === undefined ? {} : { total }) });
        };
        return cleared(bar, () => saveSnapshot({ ...options, progress }));
      },
      restoreSnapshot: async (options) => {
        const total = restored();
        const progress: typeof options.progress = ({ files, bytes }) =>
          bar.update({ what: 'restoring', files, bytes, ...(total === undefined ? {} : { total }) });
        return cleared(bar, () => restoreSnapshot({ ...options, progress }));
      },
    };
  };
}

async function cleared<T>(bar: ProgressBar, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    bar.clear();
  }
}
