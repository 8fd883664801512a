import type { LocalBlobs, Renewer, Store } from '../content/index.ts';
import type { Descriptor, Digest } from '../oci/index.ts';
import type { PathSet } from '../paths/index.ts';

/**
 * The bytes of snapshots. A store that has files on this machine lets the workers read them there; one that evicts by itself
 * renews what a save builds on.
 */
export type SnapshotStore = Store & Partial<LocalBlobs & Renewer>;

/** What both directions need of the machine. */
export interface SnapshotMachine {
  /** Where records of what a save or a restore left are kept: a folder of this user's. Undefined: none is kept or used. */
  readonly stateDir: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Worker threads, at most. 0 does all on this thread. */
  readonly threads: number;
  /** The file that a worker thread starts with; it must call `serveSnapshotWorker()` where `workerData` says so. */
  readonly workerEntry: URL | undefined;
}

export interface SaveProgress {
  readonly phase: 'walk' | 'read' | 'publish';
  readonly files: number;
  readonly bytes: number;
}

export interface SaveSnapshotOptions {
  readonly paths: PathSet;
  readonly store: SnapshotStore;
  readonly machine: SnapshotMachine;
  /** The snapshot to build on: only what it lacks is stored. */
  readonly parent?: Descriptor;
  /** zstd level, 1 to 19; `auto` is the format's default. */
  readonly compressionLevel: number | 'auto';
  /** Byte strings (tokens of this step) that no saved file may hold, and whether well-known credential files are refused. */
  readonly secrets: { readonly allow: boolean; readonly needles: readonly Uint8Array[] };
  /** Annotations for the snapshot's manifest (the whole name stands there). */
  readonly annotations: Readonly<Record<string, string>>;
  /** The statement about the roots, made when their digests are known; stored as one more layer. */
  readonly statement?: (subjects: SnapshotSubjects) => {
    readonly mediaType: string;
    readonly bytes: Uint8Array;
    readonly title: string;
  };
  /** Things worth telling a person: skipped sockets, a file that changed while it was read. */
  readonly notice: (message: string) => void;
  readonly warning: (message: string) => void;
  readonly progress?: (progress: SaveProgress) => void;
  readonly signal?: AbortSignal;
}

export interface SnapshotSubjects {
  readonly tree: Descriptor;
  readonly layout: Descriptor;
  /** Digest of the tree: the same for the same files on any machine. */
  readonly digest: Digest;
}

export type SaveSnapshotResult =
  | {
      readonly kind: 'saved';
      /** `new`: nothing to build on. `delta`: built on the parent. `unchanged`: the parent's tree, entry by entry. */
      readonly result: 'new' | 'delta' | 'unchanged';
      readonly manifest: Descriptor;
      readonly digest: Digest;
      readonly files: number;
      /** Bytes of all files. */
      readonly rawBytes: number;
      /** Bytes that went to the store. */
      readonly uploadedBytes: number;
      /** Stored bytes of the parent that this snapshot goes on using. */
      readonly reusedBytes: number;
      /** The parent's packs that it needs: whoever names the snapshot makes sure afterwards that they are still there. */
      readonly reusedPacks: readonly Descriptor[];
    }
  | { readonly kind: 'nothing-matched' }
  | { readonly kind: 'secret-found'; readonly file: string; readonly secret: string };

export interface RestoreSnapshotOptions {
  readonly manifest: Descriptor;
  readonly paths: PathSet;
  readonly store: SnapshotStore;
  readonly machine: SnapshotMachine;
  readonly notice: (message: string) => void;
  readonly warning: (message: string) => void;
  readonly progress?: (progress: { readonly files: number; readonly bytes: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * A restore that cannot be done throws a WaybillError and has changed nothing, `PARTIALLY_APPLIED` excepted:
 * `SNAPSHOT_NEWER_FORMAT`, `SNAPSHOT_CORRUPT` (bytes that do not match), `BLOB_UNKNOWN` (evicted meanwhile),
 * `UNSAFE_ENTRY` (the jail), `DISK_FULL`, `PARTIALLY_APPLIED` (message with the list), or the store's own error.
 */
export interface RestoreSnapshotResult {
  readonly digest: Digest;
  /** Files of the snapshot, all of which stand now. */
  readonly files: number;
  readonly bytes: number;
  /** Files that were written; the others stood already. */
  readonly writtenFiles: number;
  /** Bytes fetched from the store. */
  readonly downloadedBytes: number;
}

/** The parts of a snapshot that a look-up shows without restoring it. */
export interface SnapshotInfo {
  readonly digest: Digest;
  readonly annotations: Readonly<Record<string, string>>;
}
