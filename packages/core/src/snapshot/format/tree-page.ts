import { ByteReader, corrupt } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { at, EntryKind, type EntryTable } from './entry-table.ts';
import {
  CHUNK_AVERAGE,
  endsAt,
  MAX_PAGE_CUT_BYTES,
  MAX_PAGE_ENTRIES,
  MAX_WHOLE_FILE,
  PAGE_CUT_BITS,
  pathHash,
} from './format.ts';

const MAX_PATH_BYTES = 64 * 1024;
/** What a mode may hold: permission bits and the sticky bit. */
const MODE_BITS = 0o1777;
/** Times are exact from 1827 to 2112, which leaves the difference of two exact; what lies outside becomes the nearest of these. */
const MAX_MTIME = 2 ** 52 - 1;

/**
 * Where the pages of a tree end: the row after the last of each page. It follows from the paths (and from the sizes of
 * files of many GiB), so that a changed file moves no boundary and a new one moves at most its own page's.
 */
export function pageEnds(entries: EntryTable): number[] {
  const ends: number[] = [];
  let start = 0;
  let bytes = 0;
  for (let row = 0; row < entries.count; row++) {
    const path = entries.path[row] ?? '';
    bytes += path.length + (entries.target.get(row)?.length ?? 0) + 48 + chunkBytes(at(entries.size, row));
    if (
      endsAt(pathHash(path), PAGE_CUT_BITS) ||
      row + 1 - start === MAX_PAGE_ENTRIES ||
      bytes >= MAX_PAGE_CUT_BYTES ||
      row + 1 === entries.count
    ) {
      ends.push(row + 1);
      start = row + 1;
      bytes = 0;
    }
  }
  return ends;
}

/** What the chunks of a large file take in the companion page of the layout, about: a page is a content, and must fit in a frame. */
function chunkBytes(size: number): number {
  return size > MAX_WHOLE_FILE ? Math.ceil(size / CHUNK_AVERAGE) * 72 : 0;
}

/**
 * One entry in its canonical form; a page is nothing but these, and the digest of a tree is made over them:
 * kind (1 byte) · root (uvarint) · path (uvarint length, bytes) · for a folder its mode (uint16, little endian) · for a
 * file its mode, size (uvarint) and sha256 (32 bytes) · for a symlink its target (uvarint length, bytes).
 */
export function writeEntry(out: ByteWriter, entries: EntryTable, row: number): void {
  const kind = at(entries.kind, row);
  out.byte(kind);
  out.uvarint(at(entries.root, row));
  out.byteString(entries.path[row] ?? '');
  if (kind === EntryKind.symlink) {
    out.byteString(entries.target.get(row) ?? '');
    return;
  }
  out.uint16(at(entries.mode, row));
  if (kind === EntryKind.file) {
    out.uvarint(at(entries.size, row));
    out.bytes(entries.digest, row * 32, row * 32 + 32);
  }
}

/** Appends the entries of a page. @throws WaybillError `SNAPSHOT_CORRUPT` */
export function readTreePage(page: Uint8Array, count: number, entries: EntryTable): void {
  const from = new ByteReader(page);
  for (let i = 0; i < count; i++) {
    const kind = from.byte();
    const root = from.count(0xffff, 'the number of a root');
    const path = from.byteString(MAX_PATH_BYTES);
    if (kind === EntryKind.symlink) {
      const row = entries.add(root, path, kind, 0, 0, 0);
      entries.target.set(row, from.byteString(MAX_PATH_BYTES));
    } else if (kind === EntryKind.folder) {
      entries.add(root, path, kind, readMode(from), 0, 0);
    } else if (kind === EntryKind.file) {
      const row = entries.add(root, path, kind, readMode(from), from.uvarint(), 0);
      from.copyTo(entries.digest, row * 32, 32);
    } else {
      throw corrupt(`an entry of kind ${kind}`);
    }
  }
  from.end();
}

function readMode(from: ByteReader): number {
  const mode = from.uint16();
  if ((mode & ~MODE_BITS) !== 0) throw corrupt(`an entry has the mode 0${mode.toString(8)}`);
  return mode;
}

/** Mtimes of a page: each as the difference to the one before, zigzag; the first to 0. */
export function writeMtimePage(out: ByteWriter, entries: EntryTable, start: number, end: number): void {
  let before = 0;
  for (let row = start; row < end; row++) {
    const mtime = Math.max(-MAX_MTIME, Math.min(MAX_MTIME, at(entries.mtime, row)));
    out.varint(mtime - before);
    before = mtime;
  }
}

/** @throws WaybillError `SNAPSHOT_CORRUPT` */
export function readMtimePage(page: Uint8Array, entries: EntryTable, start: number, end: number): void {
  const from = new ByteReader(page);
  let before = 0;
  for (let row = start; row < end; row++) {
    before += from.varint();
    if (Math.abs(before) > MAX_MTIME) throw corrupt('a time is too far away');
    entries.mtime[row] = before;
  }
  from.end();
}
