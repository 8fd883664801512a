import { type Digest, digestFromBytes, hexOf } from '../../oci/index.ts';
import { ByteReader, corrupt } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { MAX_ENTRIES, MAX_FRAME_RAW, MAX_FRAME_STORED, MAX_PACKS } from './format.ts';
import { type Frame, FrameTable } from './frame-table.ts';

const TREE_MAGIC = 'WBTR';
const LAYOUT_MAGIC = 'WBLY';
const VERSION = 1;
const MAX_ROOTS = 4096;
const MAX_ROOT_NAME = 16 * 1024;
/** Kind, root, two empty strings: the least that an entry takes. */
const MIN_ENTRY_BYTES = 4;

/** A page by digest; pages are contents, and lie in frames as files do. */
export interface PageRef {
  readonly digest: Digest;
  /** Raw bytes. */
  readonly size: number;
}

export interface TreePageRef extends PageRef {
  readonly entries: number;
}

/** The tree's root: what the pages of the tree are. */
export interface TreeRoot {
  /** Names of the roots, sorted; entries refer to them by position. */
  readonly roots: readonly string[];
  readonly digest: Digest;
  readonly pages: readonly TreePageRef[];
}

export interface PagePlace {
  readonly frame: number;
  readonly offset: number;
}

/** The layout's root: packs and frames, and for each page of the tree its own place and its two companions. */
export interface LayoutRoot {
  /** Of the tree that this is the layout of. */
  readonly digest: Digest;
  readonly frames: FrameTable;
  readonly pages: readonly {
    readonly tree: PagePlace;
    readonly layout: PageRef & PagePlace;
    readonly mtimes: PageRef & PagePlace;
  }[];
}

/** What the digest of a tree begins with, before its entries. */
export function treeHeader(roots: readonly string[]): Buffer {
  const out = new ByteWriter(1024);
  out.byteString('waybill-tree-1');
  out.uvarint(roots.length);
  for (const root of roots) out.byteString(Buffer.from(root, 'utf8').toString('latin1'));
  return out.copy();
}

export function encodeTreeRoot(tree: TreeRoot): Buffer {
  const out = new ByteWriter();
  out.bytes(Buffer.from(TREE_MAGIC, 'latin1'));
  out.byte(VERSION);
  out.bytes(digestBytes(tree.digest));
  out.uvarint(tree.roots.length);
  for (const root of tree.roots) out.byteString(Buffer.from(root, 'utf8').toString('latin1'));
  out.uvarint(tree.pages.length);
  for (const page of tree.pages) {
    out.uvarint(page.entries);
    writePageRef(out, page);
  }
  return out.copy();
}

/** @throws WaybillError `SNAPSHOT_CORRUPT` */
export function parseTreeRoot(bytes: Uint8Array): TreeRoot {
  const from = open(bytes, TREE_MAGIC);
  const digest = digestFromBytes(from.bytes(32));
  const roots: string[] = [];
  for (let n = from.count(MAX_ROOTS, 'the number of roots'); n > 0; n--) {
    roots.push(Buffer.from(from.byteString(MAX_ROOT_NAME), 'latin1').toString('utf8'));
  }
  const pages: TreePageRef[] = [];
  let total = 0;
  for (let n = from.count(MAX_ENTRIES, 'the number of pages'); n > 0; n--) {
    const entries = from.count(MAX_ENTRIES, 'the entries of a page');
    total += entries;
    if (total > MAX_ENTRIES) throw corrupt(`more than ${MAX_ENTRIES} entries`);
    const page = { entries, ...readPageRef(from) };
    // Before rows are made for them.
    if (entries * MIN_ENTRY_BYTES > page.size)
      throw corrupt(`a page of ${page.size} bytes cannot hold ${entries} entries`);
    pages.push(page);
  }
  from.end();
  return { digest, roots, pages };
}

export function encodeLayoutRoot(layout: LayoutRoot): Buffer {
  const out = new ByteWriter();
  out.bytes(Buffer.from(LAYOUT_MAGIC, 'latin1'));
  out.byte(VERSION);
  out.bytes(digestBytes(layout.digest));
  const { packs, frames } = layout.frames;
  const byPack = packs.map((): Frame[] => []);
  for (const frame of frames) byPack[frame.pack]?.push(frame);
  out.uvarint(packs.length);
  for (const [row, pack] of packs.entries()) {
    out.bytes(digestBytes(pack.digest));
    out.uvarint(pack.size);
    const own = (byPack[row] ?? []).sort((a, b) => a.offset - b.offset);
    out.uvarint(own.length);
    let end = 0;
    for (const frame of own) {
      out.uvarint(frame.offset - end);
      out.uvarint(frame.stored);
      out.uvarint(frame.raw);
      out.bytes(frame.digest);
      end = frame.offset + frame.stored;
    }
  }
  const order = frameOrder(byPack, frames);
  out.uvarint(layout.pages.length);
  const place = (page: PagePlace) => {
    out.uvarint(order.get(page.frame) ?? 0);
    out.uvarint(page.offset);
  };
  for (const page of layout.pages) {
    place(page.tree);
    writePageRef(out, page.layout);
    place(page.layout);
    writePageRef(out, page.mtimes);
    place(page.mtimes);
  }
  return out.copy();
}

/** The number that each frame has in the encoded order: pack by pack, by offset. */
function frameOrder(byPack: readonly (readonly Frame[])[], frames: readonly Frame[]): Map<number, number> {
  const rows = new Map(frames.map((frame, row) => [frame, row] as const));
  const order = new Map<number, number>();
  for (const pack of byPack) for (const frame of pack) order.set(rows.get(frame) ?? -1, order.size);
  return order;
}

/** Every frame lies in its pack and overlaps no other. @throws WaybillError `SNAPSHOT_CORRUPT` */
export function parseLayoutRoot(bytes: Uint8Array): LayoutRoot {
  const from = open(bytes, LAYOUT_MAGIC);
  const digest = digestFromBytes(from.bytes(32));
  const frames = new FrameTable();
  for (let n = from.count(MAX_PACKS, 'the number of packs'); n > 0; n--) {
    const pack = { digest: digestFromBytes(from.bytes(32)), size: from.uvarint() };
    const row = frames.packs.length;
    if (frames.addPack(pack) !== row) throw corrupt(`the pack ${pack.digest} is listed twice`);
    let end = 0;
    for (let m = from.uvarint(); m > 0; m--) {
      const offset = end + from.uvarint();
      const stored = from.count(MAX_FRAME_STORED, 'the stored size of a frame');
      const raw = from.count(MAX_FRAME_RAW, 'the raw size of a frame');
      end = offset + stored;
      if (end > pack.size) throw corrupt(`a frame lies outside the pack ${pack.digest}`);
      const before = frames.frames.length;
      frames.addFrame({ pack: row, offset, stored, raw, digest: from.bytes(32) });
      if (frames.frames.length === before) throw corrupt('a frame is listed twice');
    }
  }
  const place = (): PagePlace => {
    const frame = from.count(frames.frames.length - 1, 'the number of a frame');
    return { frame, offset: from.count(MAX_FRAME_RAW, 'an offset in a frame') };
  };
  const pages = [];
  for (let n = from.count(MAX_ENTRIES, 'the number of pages'); n > 0; n--) {
    pages.push({
      tree: place(),
      layout: { ...readPageRef(from), ...place() },
      mtimes: { ...readPageRef(from), ...place() },
    });
  }
  from.end();
  return { digest, frames, pages };
}

function writePageRef(out: ByteWriter, page: PageRef): void {
  out.bytes(digestBytes(page.digest));
  out.uvarint(page.size);
}

function readPageRef(from: ByteReader): PageRef {
  return { digest: digestFromBytes(from.bytes(32)), size: from.count(MAX_FRAME_RAW, 'the size of a page') };
}

function open(bytes: Uint8Array, magic: string): ByteReader {
  const from = new ByteReader(bytes);
  const found = from.bytes(4).toString('latin1');
  if (found !== magic) throw corrupt(`it begins with ${JSON.stringify(found)}, expected "${magic}"`);
  const version = from.byte();
  if (version !== VERSION) throw corrupt(`version ${version}, expected ${VERSION}`);
  return from;
}

function digestBytes(digest: Digest): Buffer {
  return Buffer.from(hexOf(digest), 'hex');
}
