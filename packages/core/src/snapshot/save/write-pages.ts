import { WaybillError } from '../../errors/index.ts';
import { type Digest, digestOf } from '../../oci/index.ts';
import { ByteWriter } from '../format/byte-writer.ts';
import type { ContentLocations } from '../format/content-locations.ts';
import type { EntryTable } from '../format/entry-table.ts';
import { MAX_FRAME_RAW, MIN_FRAME_RAW } from '../format/format.ts';
import { writeLayoutPage } from '../format/layout-page.ts';
import type { PagePlace, PageRef, TreePageRef } from '../format/roots.ts';
import { type IndexBytes, type SnapshotIndex, treeDigest } from '../format/snapshot-index.ts';
import { pageEnds, writeEntry, writeMtimePage } from '../format/tree-page.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { PackWriter } from './pack-writer.ts';

/** All pages of a tree, encoded, and where each ends up. */
export interface WrittenPages {
  readonly digest: Digest;
  readonly treePages: readonly TreePageRef[];
  readonly places: readonly {
    readonly tree: PagePlace;
    readonly layout: PageRef & PagePlace;
    readonly mtimes: PageRef & PagePlace;
  }[];
  readonly bytes: Omit<IndexBytes, 'treeRoot' | 'layoutRoot'>;
}

export interface PageOptions {
  readonly entries: EntryTable;
  readonly locations: ContentLocations;
  readonly roots: readonly string[];
  readonly digestOfFrame: (frame: number) => Uint8Array;
  readonly parent: SnapshotIndex | undefined;
  readonly writer: PackWriter;
  readonly firstFrame: number;
  readonly level: number;
  readonly pool: WorkerPool;
}

interface Encoded extends PageRef {
  readonly bytes: Buffer;
}

/** Encodes the pages, and stores those that the parent does not have. */
export async function writePages(options: PageOptions): Promise<WrittenPages> {
  const { entries, locations, digestOfFrame } = options;
  const ends = pageEnds(entries);
  const out = new ByteWriter(256 * 1024);
  const encode = (write: (start: number, end: number) => void): Encoded[] =>
    ends.map((end, n) => {
      out.reset();
      write(ends[n - 1] ?? 0, end);
      const bytes = out.copy();
      if (bytes.length > MAX_FRAME_RAW) throw tooLarge();
      return { digest: digestOf(bytes), size: bytes.length, bytes };
    });
  const tree = encode((start, end) => {
    for (let row = start; row < end; row++) writeEntry(out, entries, row);
  });
  const layout = encode((start, end) => writeLayoutPage(out, entries, locations, digestOfFrame, start, end));
  const mtimes = encode((start, end) => writeMtimePage(out, entries, start, end));
  const places = await storePages(options, [...tree, ...layout, ...mtimes]);
  const placeOf = ({ digest }: Encoded): PagePlace => places.get(digest) ?? { frame: -1, offset: 0 };
  const treePages = Buffer.concat(tree.map(({ bytes }) => bytes));
  return {
    digest: treeDigest(options.roots, treePages),
    treePages: tree.map(({ digest, size }, n) => ({ digest, size, entries: (ends[n] ?? 0) - (ends[n - 1] ?? 0) })),
    places: tree.map((page, n) => ({
      tree: placeOf(page),
      layout: referTo(layout[n], placeOf),
      mtimes: referTo(mtimes[n], placeOf),
    })),
    bytes: {
      treePages,
      layoutPages: Buffer.concat(layout.map(({ bytes }) => bytes)),
      mtimePages: Buffer.concat(mtimes.map(({ bytes }) => bytes)),
    },
  };
}

/** No reader would take such a page; told now, not when somebody needs the snapshot. */
function tooLarge(): WaybillError {
  return new WaybillError('TREE_TOO_LARGE', 'one of the files is too large to be saved: at most about 25 GB each', {
    kind: 'user',
    hint: 'Leave it out with a `!` pattern, or split it.',
  });
}

function referTo(page: Encoded | undefined, placeOf: (page: Encoded) => PagePlace): PageRef & PagePlace {
  if (page === undefined) throw new RangeError('every page of the tree has its companions');
  return { digest: page.digest, size: page.size, ...placeOf(page) };
}

/** A page is a content: the same page is stored once, and one that the parent has not again. */
async function storePages(options: PageOptions, pages: readonly Encoded[]): Promise<Map<Digest, PagePlace>> {
  const places = parentPlaces(options.parent);
  const fresh = pages.filter(({ digest }) => {
    if (places.has(digest)) return false;
    places.set(digest, { frame: -1, offset: 0 });
    return true;
  });
  const { writer, pool, level, firstFrame } = options;
  // A large save keeps its index apart from its files, a small one is a single pack.
  if (writer.pending > MIN_FRAME_RAW) await writer.cut();
  const frames = framesOf(fresh).map((group, n) => ({
    group,
    made: pool.run(n, { kind: 'compress', bytes: Buffer.concat(group.map(({ bytes }) => bytes)), level }),
  }));
  for (const { group, made } of frames) {
    const frame = firstFrame + (await writer.add(await made));
    let offset = 0;
    for (const { digest, size } of group) {
      places.set(digest, { frame, offset });
      offset += size;
    }
  }
  return places;
}

function framesOf(pages: readonly Encoded[]): Encoded[][] {
  const groups: Encoded[][] = [];
  let size = MAX_FRAME_RAW;
  for (const page of pages) {
    if (size >= MIN_FRAME_RAW || size + page.size > MAX_FRAME_RAW) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(page);
    size += page.size;
  }
  return groups;
}

function parentPlaces(parent: SnapshotIndex | undefined): Map<Digest, PagePlace> {
  const places = new Map<Digest, PagePlace>();
  if (parent === undefined) return places;
  for (const [n, { tree, layout, mtimes }] of parent.layout.pages.entries()) {
    const page = parent.tree.pages[n];
    if (page !== undefined) places.set(page.digest, { frame: tree.frame, offset: tree.offset });
    places.set(layout.digest, { frame: layout.frame, offset: layout.offset });
    places.set(mtimes.digest, { frame: mtimes.frame, offset: mtimes.offset });
  }
  return places;
}
