import { randomBytes } from 'node:crypto';
import { type Descriptor, describe, EMPTY_DESCRIPTOR, EMPTY_JSON } from '../../oci/index.ts';
import { writeRecord } from '../disk/record.ts';
import { type ContentLocations, createLocations } from '../format/content-locations.ts';
import { at, countFiles, totalSize } from '../format/entry-table.ts';
import { SnapshotType } from '../format/format.ts';
import { encodeLayoutRoot, encodeTreeRoot, type PagePlace } from '../format/roots.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import { encodeSnapshotManifest } from '../format/snapshot-manifest.ts';
import { descriptorOf, type PackReader } from '../threads/pack-reader.ts';
import type { SaveSnapshotOptions, SaveSnapshotResult, SnapshotSubjects } from '../types.ts';
import { settleFrames } from './final-frames.ts';
import type { ContentLedger } from './save-contents.ts';
import { type DiskTree, withoutRows } from './walk-roots.ts';
import { type WrittenPages, writePages } from './write-pages.ts';

/** What is known when all files have been read. */
export interface ReadTree {
  readonly ledger: ContentLedger;
  /** Of files that lie where the parent has them. */
  readonly locations: ContentLocations;
  readonly parent: SnapshotIndex | undefined;
  readonly reader: PackReader;
  /** By root. */
  readonly barriers: readonly number[];
  readonly recordFile: string | undefined;
}

/** Stores pages, roots and, last, the manifest; then keeps the record of what stands here. */
export async function publishSnapshot(options: SaveSnapshotOptions, read: ReadTree): Promise<SaveSnapshotResult> {
  const { ledger, parent } = read;
  const { store, signal } = options;
  const { writer, firstFrame } = ledger;
  const { tree, locations } = settleContents(read);
  const { entries } = tree;
  if (entries.count === 0) return { kind: 'nothing-matched' };
  const roots = options.paths.roots.map(({ name }) => name);
  const digestOfFrame = (number: number): Uint8Array => {
    const frame = number < firstFrame ? parent?.layout.frames.frames[number] : writer.frames[number - firstFrame];
    if (frame === undefined) throw new RangeError(`there is no frame ${number}`);
    return frame.digest;
  };
  const pages = await writePages({ ...ledger, entries, locations, roots, digestOfFrame, parent });
  options.progress?.({ phase: 'publish', files: entries.count, bytes: writer.uploadedBytes });
  const frames = await settleFrames(usedFrames(locations, pages), parent?.layout.frames, writer, read.reader);
  const moved = (place: PagePlace): PagePlace => ({ frame: frames.rowOf.get(place.frame) ?? -1, offset: place.offset });
  const treeRoot = encodeTreeRoot({ roots, digest: pages.digest, pages: pages.treePages });
  const layoutRoot = encodeLayoutRoot({
    digest: pages.digest,
    frames: frames.table,
    pages: pages.places.map((page) => ({
      tree: moved(page.tree),
      layout: { ...page.layout, ...moved(page.layout) },
      mtimes: { ...page.mtimes, ...moved(page.mtimes) },
    })),
  });
  let smallBytes = 0;
  const push = async (descriptor: Descriptor, bytes: Uint8Array, likelyNew: boolean): Promise<void> => {
    const outcome = await store.push(descriptor, bytes, { likelyNew, ...(signal ? { signal } : {}) });
    if (outcome === 'pushed') smallBytes += bytes.byteLength;
  };
  const treeLayer = describe(SnapshotType.tree, treeRoot);
  const layoutLayer = describe(SnapshotType.layout, layoutRoot);
  const statement = statementOf(options, { tree: treeLayer, layout: layoutLayer, digest: pages.digest });
  // Side by side, the last packs too: nothing but the manifest needs any of them to be there.
  await allOf([
    writer.finish(),
    push(EMPTY_DESCRIPTOR, EMPTY_JSON, parent === undefined),
    push(treeLayer, treeRoot, parent === undefined || Buffer.compare(parent.bytes.treeRoot, treeRoot) !== 0),
    push(layoutLayer, layoutRoot, true),
    ...statement.map(({ layer, bytes }) => push(layer, bytes, true)),
  ]);
  const manifest = encodeSnapshotManifest({
    digest: pages.digest,
    tree: treeLayer,
    layout: layoutLayer,
    packs: frames.table.packs,
    extra: statement.map(({ layer }) => layer),
    annotations: options.annotations,
  });
  await push(manifest.descriptor, manifest.raw, true);
  if (read.recordFile !== undefined) {
    writeRecord(
      read.recordFile,
      {
        manifest: manifest.descriptor,
        bytes: { treeRoot, layoutRoot, ...pages.bytes },
        stats: { ino: tree.ino, ctime: tree.ctime },
        roots: tree.devs.map((dev, root) => ({ dev, barrier: read.barriers[root] ?? 0 })),
      },
      randomBytes(4).toString('hex'),
    );
  }
  return {
    kind: 'saved',
    result: parent === undefined ? 'new' : parent.digest === pages.digest ? 'unchanged' : 'delta',
    manifest: manifest.descriptor,
    digest: pages.digest,
    files: countFiles(entries),
    rawBytes: totalSize(entries),
    uploadedBytes: writer.uploadedBytes + smallBytes,
    reusedBytes: frames.reusedBytes,
    reusedPacks: frames.reusedPacks.map(descriptorOf),
  };
}

/** The statement's layer and bytes, where there is one. */
function statementOf(
  options: SaveSnapshotOptions,
  subjects: SnapshotSubjects,
): readonly { readonly layer: Descriptor; readonly bytes: Uint8Array }[] {
  const made = options.statement?.(subjects);
  if (made === undefined) return [];
  const title = { 'org.opencontainers.image.title': made.title };
  return [{ layer: describe(made.mediaType, made.bytes, title), bytes: made.bytes }];
}

/** Until all have ended: nothing is pushed any more behind the back of whoever hears of the first failure. */
async function allOf(pushes: readonly Promise<void>[]): Promise<void> {
  for (const push of await Promise.allSettled(pushes)) if (push.status === 'rejected') throw push.reason;
}

/** Leaves out the files that could not be read, and says of every other one where its content lies. */
function settleContents(read: ReadTree): { readonly tree: DiskTree; readonly locations: ContentLocations } {
  const { ledger } = read;
  const { tree, contents } = ledger;
  const locations = createLocations(tree.entries.count);
  for (let row = 0; row < tree.entries.count; row++) {
    const content = at(ledger.content, row);
    locations.frame[row] = content < 0 ? at(read.locations.frame, row) : contents.frameOf(content);
    locations.offset[row] = content < 0 ? at(read.locations.offset, row) : contents.offsetOf(content);
  }
  for (const [row, chunks] of read.locations.chunks) locations.chunks.set(row, chunks);
  for (const [row, chunks] of ledger.chunks) {
    locations.chunks.set(
      row,
      chunks.map(({ digest, size, content }) => ({
        digest,
        size,
        frame: contents.frameOf(content),
        offset: contents.offsetOf(content),
      })),
    );
  }
  if (ledger.dropped.size === 0) return { tree, locations };
  const { tree: rest, kept } = withoutRows(tree, new Set(ledger.dropped.keys()));
  const remaining = createLocations(rest.entries.count);
  for (const [row, before] of kept.entries()) {
    remaining.frame[row] = at(locations.frame, before);
    remaining.offset[row] = at(locations.offset, before);
    const chunks = locations.chunks.get(before);
    if (chunks !== undefined) remaining.chunks.set(row, chunks);
  }
  return { tree: rest, locations: remaining };
}

function usedFrames(locations: ContentLocations, pages: WrittenPages): Set<number> {
  const used = new Set<number>();
  for (const frame of locations.frame) if (frame >= 0) used.add(frame);
  for (const chunks of locations.chunks.values()) for (const { frame } of chunks) used.add(frame);
  for (const { tree, layout, mtimes } of pages.places) used.add(tree.frame).add(layout.frame).add(mtimes.frame);
  return used;
}
