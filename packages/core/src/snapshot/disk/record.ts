import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { hashFields } from '../../content/index.ts';
import { type Descriptor, parseDescriptor } from '../../oci/index.ts';
import type { EntryTable } from '../format/entry-table.ts';
import { type IndexBytes, parseIndexBytes, type SnapshotIndex } from '../format/snapshot-index.ts';

const MAGIC = 'WBRC0001';

/** What lstat shows of an entry, beyond what the tree says; a file that shows the same is the same. */
export interface StatColumns {
  readonly ino: Float64Array;
  /** µs; 0 where the file is not known well enough to be trusted unread. */
  readonly ctime: Float64Array;
}

/** The device of each root, and the time (µs) before which a ctime proves that nothing came after. */
export interface RootStat {
  readonly dev: number;
  readonly barrier: number;
}

/**
 * What a save or a restore left at some roots of this machine: the snapshot whole, and how its files looked. Kept in
 * the user's state folder; a file whose inode, mtime, ctime, size and mode are the recorded ones, with a ctime strictly
 * before the barrier, holds what the snapshot says (as git holds its index against racy entries).
 */
export interface TreeRecord {
  readonly manifest: Descriptor;
  readonly index: SnapshotIndex;
  readonly stats: StatColumns;
  /** By root number. */
  readonly roots: readonly RootStat[];
}

/** Where the record of these real paths and patterns lies. */
export function recordPath(stateDir: string, realRoots: readonly string[], patterns: readonly string[]): string {
  return join(stateDir, 'records', `${hashFields([String(realRoots.length), ...realRoots, ...patterns])}.wbr`);
}

/** Written aside and renamed. A record is only ever a shortcut: that it cannot be written is no error. */
export function writeRecord(
  path: string,
  record: Omit<TreeRecord, 'index'> & { readonly bytes: IndexBytes },
  nonce: string,
): boolean {
  const { bytes, stats } = record;
  const parts = [bytes.treeRoot, bytes.layoutRoot, bytes.treePages, bytes.layoutPages, bytes.mtimePages];
  const columns = [bytesOf(stats.ino), bytesOf(stats.ctime)];
  const body = [...parts, ...columns];
  const header = Buffer.from(
    JSON.stringify({
      manifest: record.manifest,
      roots: record.roots,
      lengths: body.map((part) => part.byteLength),
      crc: body.reduce((crc, part) => crc32(part, crc), 0),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const temporary = `${path}.${nonce}.tmp`;
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    const file = openSync(temporary, 'wx', 0o600);
    try {
      for (const part of [Buffer.from(MAGIC), length, header, ...body]) writeFileSync(file, part);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    return true;
  } catch {
    discard(temporary);
    return false;
  }
}

/** Where the folder cannot be entered there is nothing to remove, and `force` throws all the same. */
function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // What might be left is a few bytes under a name of its own.
  }
}

/** The record there; undefined where there is none, or none that can be trusted. */
export function readRecord(path: string): TreeRecord | undefined {
  let file: Buffer;
  try {
    file = readFileSync(path);
    return parseRecord(file);
  } catch {
    return undefined;
  }
}

function parseRecord(file: Buffer): TreeRecord | undefined {
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const start = MAGIC.length + 4;
  const headerLength = file.readUInt32LE(MAGIC.length);
  const header = parseHeader(file.toString('utf8', start, start + headerLength));
  let at = start + headerLength;
  const parts = header.lengths.map((length) => file.subarray(at, (at += length)));
  const [treeRoot, layoutRoot, treePages, layoutPages, mtimePages, ino, ctime] = parts;
  if (at !== file.length || !treeRoot || !layoutRoot || !treePages || !layoutPages || !mtimePages || !ino || !ctime)
    return undefined;
  if (parts.reduce((crc, part) => crc32(part, crc), 0) !== header.crc) return undefined;
  const index = parseIndexBytes({ treeRoot, layoutRoot, treePages, layoutPages, mtimePages }, 'verified');
  const stats = { ino: floatsOf(ino), ctime: floatsOf(ctime) };
  if (stats.ino.length !== index.entries.count || stats.ctime.length !== index.entries.count) return undefined;
  return { manifest: header.manifest, roots: header.roots, index, stats };
}

interface Header {
  readonly manifest: Descriptor;
  readonly roots: readonly RootStat[];
  readonly lengths: readonly number[];
  readonly crc: number;
}

/** The file is this user's own and its checksum is looked at next, so its shape is taken as written. */
function parseHeader(text: string): Header {
  const header = JSON.parse(text) as Header;
  return { ...header, manifest: parseDescriptor(header.manifest) };
}

function bytesOf(column: Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

function floatsOf(bytes: Buffer): Float64Array {
  const copy = new Uint8Array(bytes);
  return new Float64Array(copy.buffer, 0, Math.floor(copy.byteLength / 8));
}

/** Whether the recorded row proves the content of a file that looks so now. */
export function proves(
  record: TreeRecord,
  row: number,
  root: number,
  seen: {
    readonly dev: number;
    readonly ino: number;
    readonly size: number;
    readonly mtimeUs: number;
    readonly ctimeUs: number;
  },
): boolean {
  const entries: EntryTable = record.index.entries;
  const place = record.roots[root];
  const ctime = record.stats.ctime[row] ?? 0;
  return (
    place !== undefined &&
    ctime !== 0 &&
    ctime < place.barrier &&
    ctime === seen.ctimeUs &&
    record.stats.ino[row] === seen.ino &&
    place.dev === seen.dev &&
    entries.size[row] === seen.size &&
    entries.mtime[row] === seen.mtimeUs
  );
}
