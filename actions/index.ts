import { isMainThread, workerData } from 'node:worker_threads';

/** `main` is the step itself; `post` runs when the job is over. */
export type Phase = 'main' | 'post';

/**
 * A step of an action. `entry` is the file that a worker thread of this bundle starts with: only the bundle's entry
 * knows it, because `import.meta.url` of a lazy chunk is the chunk's.
 */
export type Step = (entry: URL) => Promise<void>;

/** Loads the step `<action>/<phase>`, each from a chunk of its own. The build writes it from the folders that hold an action.yml. */
export type StepLoaders = Readonly<Record<string, (() => Promise<Step>) | undefined>>;

/** Runs one phase of one action. A step reports its own errors and sets the exit code; what is thrown here is a bug of the build. */
export async function startStep(loaders: StepLoaders, action: string, phase: Phase, entry: URL): Promise<void> {
  const load = loaders[`${action}/${phase}`];
  if (load === undefined) throw new Error(`This build has no ${phase} step for the action ${action}.`);
  const step = await load();
  await step(entry);
}

/** Whether this thread was started to read, write or hash for a snapshot. */
export function isSnapshotWorker(mainThread: boolean, data: unknown): boolean {
  return (
    !mainThread &&
    typeof data === 'object' &&
    data !== null &&
    'role' in data &&
    data.role === 'waybill-snapshot-worker'
  );
}

/** Serves the thread that started this one, if this is a worker thread of ours; else does nothing. */
export async function serveWorkerThread(): Promise<void> {
  if (!isSnapshotWorker(isMainThread, workerData)) return;
  const { serveSnapshotWorker } = await import('@waybill/core/snapshot');
  serveSnapshotWorker();
}
