export { readSnapshotInfo } from './format/snapshot-manifest.ts';
export { restoreSnapshot } from './restore/restore.ts';
export { saveSnapshot } from './save/save.ts';
export { isSnapshotWorker, serveSnapshotWorker } from './threads/worker.ts';
export type {
  RestoreSnapshotOptions,
  RestoreSnapshotResult,
  SaveProgress,
  SaveSnapshotOptions,
  SaveSnapshotResult,
  SnapshotInfo,
  SnapshotMachine,
  SnapshotStore,
  SnapshotSubjects,
} from './types.ts';
