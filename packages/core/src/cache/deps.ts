import type { AccessLog, Deleter, KeyedStore, TieredStore } from '../content/index.ts';
import type {
  RestoreSnapshotOptions,
  RestoreSnapshotResult,
  SaveSnapshotOptions,
  SaveSnapshotResult,
  SnapshotMachine,
  SnapshotStore,
} from '../snapshot/index.ts';
import type { CacheLog } from './cache-log.ts';

/** What reads and writes snapshots; the room `snapshot/`, or a stand-in. */
export interface Snapshots {
  restoreSnapshot(options: RestoreSnapshotOptions): Promise<RestoreSnapshotResult>;
  saveSnapshot(options: SaveSnapshotOptions): Promise<SaveSnapshotResult>;
}

/** What the use cases work with. */
export interface CacheDeps {
  readonly names: KeyedStore & Partial<AccessLog>;
  readonly store: SnapshotStore & Partial<Deleter & Pick<TieredStore, 'tiers'>>;
  /** Called only where there is something to restore or to save: loading it takes longer than a miss. */
  readonly snapshots: () => Promise<Snapshots>;
  readonly machine: SnapshotMachine;
  readonly log: CacheLog;
  /** Aborts when the job is cancelled. */
  readonly signal?: AbortSignal;
}
