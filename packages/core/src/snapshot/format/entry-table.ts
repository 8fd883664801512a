import type { BytePath } from '../../paths/index.ts';

export const EntryKind = { folder: 1, file: 2, symlink: 3 } as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

const DIGEST = 32;

/**
 * The entries of a tree in columns, in the order of root and path bytes: a hundred thousand objects would cost more
 * than the work that is done on them. Row `i` of each column is entry `i`.
 */
export class EntryTable {
  count = 0;
  readonly path: BytePath[] = [];
  /** Symlinks only: their target, as bytes. */
  readonly target = new Map<number, BytePath>();
  kind: Uint8Array;
  root: Uint16Array;
  /** Permission bits and the sticky bit; 0 for symlinks. */
  mode: Uint16Array;
  /** Bytes; files only. */
  size: Float64Array;
  /** Whole µs since the epoch. */
  mtime: Float64Array;
  /** sha256 of the whole file, 32 bytes a row. */
  digest: Buffer;

  constructor(capacity = 1024) {
    this.kind = new Uint8Array(capacity);
    this.root = new Uint16Array(capacity);
    this.mode = new Uint16Array(capacity);
    this.size = new Float64Array(capacity);
    this.mtime = new Float64Array(capacity);
    this.digest = Buffer.alloc(capacity * DIGEST);
  }

  /** Appends an entry and gives its row. A file's digest is set later by {@link setDigest}. */
  add(root: number, path: BytePath, kind: EntryKind, mode: number, size: number, mtime: number): number {
    const row = this.count++;
    if (row >= this.kind.length) this.#grow();
    this.path.push(path);
    this.root[row] = root;
    this.kind[row] = kind;
    this.mode[row] = mode;
    this.size[row] = size;
    this.mtime[row] = mtime;
    return row;
  }

  setDigest(row: number, source: Uint8Array, offset: number): void {
    // A loop: a view for each of a hundred thousand rows would cost more than the copying.
    const start = row * DIGEST;
    for (let i = 0; i < DIGEST; i++) this.digest[start + i] = source[offset + i] ?? 0;
  }

  /** Negative, zero or positive, as the entry stands before, at or after (root, path). */
  compare(row: number, root: number, path: BytePath): number {
    const byRoot = at(this.root, row) - root;
    if (byRoot !== 0) return byRoot;
    const own = this.path[row] ?? '';
    return own < path ? -1 : own > path ? 1 : 0;
  }

  /** The row of (root, path), or -1. */
  find(root: number, path: BytePath): number {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.compare(middle, root, path);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #grow(): void {
    const capacity = this.kind.length * 2;
    this.kind = grown(this.kind, new Uint8Array(capacity));
    this.root = grown(this.root, new Uint16Array(capacity));
    this.mode = grown(this.mode, new Uint16Array(capacity));
    this.size = grown(this.size, new Float64Array(capacity));
    this.mtime = grown(this.mtime, new Float64Array(capacity));
    this.digest = grown(this.digest, Buffer.alloc(capacity * DIGEST));
  }
}

/** Bytes of all files. */
export function totalSize(entries: EntryTable): number {
  let sum = 0;
  for (let row = 0; row < entries.count; row++) sum += at(entries.size, row);
  return sum;
}

/** How many entries are files. */
export function countFiles(entries: EntryTable): number {
  let files = 0;
  for (let row = 0; row < entries.count; row++) if (entries.kind[row] === EntryKind.file) files++;
  return files;
}

/** The value of a column where the row is known to exist. */
export function at(column: { readonly [row: number]: number | undefined }, row: number): number {
  return column[row] ?? 0;
}

function grown<T extends { set(source: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
