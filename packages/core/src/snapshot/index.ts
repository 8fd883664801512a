export { restoreSnapshot } from './restore.ts';
export { saveSnapshot } from './save.ts';
export { readSnapshotInfo } from './snapshot-manifest.ts';
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
export { isSnapshotWorker, serveSnapshotWorker } from './worker.ts';
