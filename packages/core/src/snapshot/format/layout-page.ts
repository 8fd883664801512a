import { ByteReader, corrupt } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { Chunk, ContentLocations } from './content-locations.ts';
import { at, EntryKind, type EntryTable } from './entry-table.ts';
import { MAX_FRAME_RAW, MAX_WHOLE_FILE } from './format.ts';
import type { FrameTable } from './frame-table.ts';

/**
 * Where the contents of one page's files lie: number of frames, their digests (32 bytes each), then for each file of
 * the page that is not empty, in order, a location; for one larger than 1 MiB the number of its chunks and for each
 * chunk size (uvarint), sha256, location.
 * A location: 0 where the content follows the one before in its frame; else 1 + the frame's number on this page, and
 * the offset of its first raw byte (uvarint).
 * It names frames by digest, never by position in the snapshot, so that a save rewrites only pages whose files moved.
 */
export function writeLayoutPage(
  out: ByteWriter,
  entries: EntryTable,
  locations: ContentLocations,
  digestOfFrame: (frame: number) => Uint8Array,
  start: number,
  end: number,
): void {
  const local = new Map<number, number>();
  forEachContent(entries, locations, start, end, (frame) => {
    if (!local.has(frame)) local.set(frame, local.size);
  });
  out.uvarint(local.size);
  for (const frame of local.keys()) out.bytes(digestOfFrame(frame));
  let next = { frame: -1, offset: 0 };
  const location = (frame: number, offset: number, size: number) => {
    if (frame === next.frame && offset === next.offset) out.uvarint(0);
    else {
      out.uvarint(1 + (local.get(frame) ?? 0));
      out.uvarint(offset);
    }
    next = { frame, offset: offset + size };
  };
  for (let row = start; row < end; row++) {
    const size = at(entries.size, row);
    if (at(entries.kind, row) !== EntryKind.file || size === 0) continue;
    if (size <= MAX_WHOLE_FILE) {
      location(at(locations.frame, row), at(locations.offset, row), size);
      continue;
    }
    const chunks = locations.chunks.get(row) ?? [];
    out.uvarint(chunks.length);
    for (const chunk of chunks) {
      out.uvarint(chunk.size);
      out.bytes(chunk.digest);
      location(chunk.frame, chunk.offset, chunk.size);
    }
  }
}

function forEachContent(
  entries: EntryTable,
  locations: ContentLocations,
  start: number,
  end: number,
  visit: (frame: number) => void,
): void {
  for (let row = start; row < end; row++) {
    if (at(entries.kind, row) !== EntryKind.file) continue;
    const size = at(entries.size, row);
    if (size === 0) continue;
    if (size <= MAX_WHOLE_FILE) visit(at(locations.frame, row));
    else for (const chunk of locations.chunks.get(row) ?? []) visit(chunk.frame);
  }
}

/** Fills the rows of a page. Every location lies within its frame. @throws WaybillError `SNAPSHOT_CORRUPT` */
export function readLayoutPage(
  page: Uint8Array,
  entries: EntryTable,
  locations: ContentLocations,
  frames: FrameTable,
  start: number,
  end: number,
): void {
  const from = new ByteReader(page);
  const count = from.count(page.length / 32, 'the number of frames');
  const local: number[] = [];
  for (let i = 0; i < count; i++) {
    const frame = frames.findFrame(from.bytes(32));
    if (frame < 0) throw corrupt('a file lies in a frame that the layout does not list');
    local.push(frame);
  }
  let next = { frame: -1, offset: 0 };
  const location = (size: number) => {
    const code = from.uvarint();
    const place = code === 0 ? next : { frame: local[code - 1] ?? -1, offset: from.uvarint() };
    const frame = frames.frames[place.frame];
    if (frame === undefined || place.offset + size > frame.raw) throw corrupt('a file lies outside its frame');
    next = { frame: place.frame, offset: place.offset + size };
    return place;
  };
  for (let row = start; row < end; row++) {
    const size = at(entries.size, row);
    if (at(entries.kind, row) !== EntryKind.file || size === 0) continue;
    if (size <= MAX_WHOLE_FILE) {
      const place = location(size);
      locations.frame[row] = place.frame;
      locations.offset[row] = place.offset;
      continue;
    }
    locations.chunks.set(row, readChunks(from, size, location));
  }
  from.end();
}

function readChunks(
  from: ByteReader,
  size: number,
  location: (size: number) => { frame: number; offset: number },
): readonly Chunk[] {
  const count = from.uvarint();
  const chunks: Chunk[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    const chunkSize = from.count(MAX_FRAME_RAW, 'the size of a chunk');
    const digest = Buffer.from(from.bytes(32));
    total += chunkSize;
    chunks.push({ size: chunkSize, digest, ...location(chunkSize) });
  }
  if (total !== size) throw corrupt(`the chunks of a file have ${total} bytes, the file has ${size}`);
  return chunks;
}
