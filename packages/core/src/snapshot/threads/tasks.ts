/**
 * What the threads of a save or restore are asked to do. Columns travel as typed arrays and one joined string: as
 * objects they would cost more than the work.
 */

/** Files by base folder and path; row `i` of each column is file `i`. */
export interface FileColumns {
  /** Absolute folders. */
  readonly bases: readonly string[];
  readonly base: Uint32Array;
  /** Byte paths below their base, joined by NUL; an empty one is the base itself. */
  readonly paths: string;
}

/** Write contents out of frames of one pack into files that do not exist yet (or, for parts, stand ready). */
export interface WriteTask {
  readonly kind: 'write';
  readonly files: FileColumns;
  readonly mode: Uint16Array;
  /** µs. */
  readonly mtime: Float64Array;
  /** 1 where the file is a part of a larger one: it stands ready with its size and gets its times later. */
  readonly part: Uint8Array;
  /** Where in the frame, how many bytes, and where in the file. */
  readonly frame: Uint32Array;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly position: Float64Array;
  /** `bytes` lie alone in their memory, which goes with the task and comes back with its result. */
  readonly source:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer>; readonly start: number };
  /** For each frame: where in the pack, its stored and raw size, its digest. */
  readonly frames: {
    readonly offset: Float64Array;
    readonly stored: Uint32Array;
    readonly raw: Uint32Array;
    readonly digest: Uint8Array;
  };
}

/** Inode and ctime (µs) of the files as they were left; 0 for parts. */
export interface WriteResult {
  readonly ino: Float64Array;
  readonly ctime: Float64Array;
  /** The memory of the task's bytes, to be used again. */
  readonly spent?: ArrayBuffer;
}

/** Read files and hash them; `keep` leaves the bytes in the thread until a {@link PackTask} takes them. */
export interface ReadTask {
  readonly kind: 'read';
  readonly id: number;
  readonly keep: boolean;
  readonly files: FileColumns;
  /** What the caller saw of them: a file that shows something else is read again, once. */
  readonly size: Float64Array;
  readonly mtime: Float64Array;
  readonly ctime: Float64Array;
  readonly scan: SecretScan | undefined;
}

/** What to look for in files that are read. */
export interface SecretScan {
  /** Names of the bases for people and rules: `~/.npmrc`, `node_modules`. */
  readonly names: readonly string[];
  readonly needles: readonly Uint8Array[];
}

export const ReadStatus = { ok: 0, changed: 1, unreadable: 2 } as const;

export interface ReadResult {
  readonly status: Uint8Array;
  readonly digest: Uint8Array;
  /** As read; differs from what was asked where the file had changed before. */
  readonly size: Float64Array;
  readonly mtime: Float64Array;
  readonly ctime: Float64Array;
  readonly secrets: readonly Finding[];
}

export interface Finding {
  /** Row of the file. */
  readonly file: number;
  readonly kind: string;
  /** False: worth a notice, no reason to refuse. */
  readonly refuse: boolean;
}

/** Compress the kept files of a {@link ReadTask} where `take` is 1, in order, into one frame; the bytes are let go. */
export interface PackTask {
  readonly kind: 'pack';
  readonly id: number;
  readonly take: Uint8Array;
  readonly level: number;
}

export interface FrameBytes {
  readonly stored: Uint8Array;
  readonly digest: Uint8Array;
  readonly raw: number;
}

export interface PackResult {
  /** Undefined where nothing was to be taken. */
  readonly frame: FrameBytes | undefined;
}

/** Open a large file for reading by chunks. */
export interface OpenTask {
  readonly kind: 'open';
  readonly id: number;
  readonly files: FileColumns;
  readonly scan: SecretScan | undefined;
}

/** The next chunks of an open file, or its end. Chunks wait in the thread for a {@link TakeTask}. */
export interface ChunkTask {
  readonly kind: 'chunks';
  readonly id: number;
}

/** Let go of an open file, or of a group, that nobody will ask for again. */
export interface DropTask {
  readonly kind: 'drop';
  readonly id: number;
}

export interface ChunkResult {
  readonly sizes: Uint32Array;
  /** 32 bytes a chunk. */
  readonly digests: Uint8Array;
  /** Set with the last chunks: the file as a whole. */
  readonly end:
    | {
        readonly digest: Uint8Array;
        readonly size: number;
        readonly mtime: number;
        readonly ctime: number;
        readonly stable: boolean;
      }
    | undefined;
  readonly secrets: readonly Finding[];
}

/** Compress the waiting chunks where `take` is 1, each into a frame of its own. */
export interface TakeTask {
  readonly kind: 'take';
  readonly id: number;
  readonly take: Uint8Array;
  readonly level: number;
}

export interface TakeResult {
  readonly frames: readonly FrameBytes[];
}

/** Compress these bytes as they are. */
export interface CompressTask {
  readonly kind: 'compress';
  readonly bytes: Uint8Array;
  readonly level: number;
}

export type Task = WriteTask | ReadTask | PackTask | OpenTask | ChunkTask | TakeTask | CompressTask | DropTask;

/** The answer to each kind of task. */
export interface Results {
  readonly write: WriteResult;
  readonly read: ReadResult;
  readonly pack: PackResult;
  readonly open: Record<string, never>;
  readonly chunks: ChunkResult;
  readonly take: TakeResult;
  readonly compress: FrameBytes;
  readonly drop: Record<string, never>;
}

export type ResultOf<T extends Task> = Results[T['kind']];

/** Paths of {@link FileColumns}, taken apart. */
export function splitPaths(files: FileColumns): readonly string[] {
  return files.base.length === 0 ? [] : files.paths.split('\0');
}
