import { limit } from '../../async/index.ts';
import { fetchAll } from '../../content/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import { corrupt } from '../format/byte-reader.ts';
import { MAX_ROOT_BYTES } from '../format/format.ts';
import { openFrame } from '../format/frame.ts';
import type { Frame } from '../format/frame-table.ts';
import { type LayoutRoot, type PagePlace, type PageRef, parseLayoutRoot, parseTreeRoot } from '../format/roots.ts';
import { parseIndexBytes, type SnapshotIndex } from '../format/snapshot-index.ts';
import type { SnapshotManifest } from '../format/snapshot-manifest.ts';
import type { PackReader } from '../threads/pack-reader.ts';
import { releaseBuffer } from '../threads/release-buffer.ts';
import type { SnapshotStore } from '../types.ts';

/** Frames that lie closer than this in a pack are read in one go. */
const READ_GAP = 64 * 1024;
/** Stored bytes that are read in one go, at most: a layout may claim a pack of any size. */
const MAX_READ = 16 * 1024 * 1024;
/** Runs of frames that are read at once. */
const READS = 4;
/** Raw bytes of all frames with pages: ten times what two million entries take. More would only fill the memory. */
const MAX_PAGE_FRAMES_RAW = 2 * 1024 * 1024 * 1024;

/**
 * Roots and pages of a snapshot, from the store; all of it verified.
 * @throws WaybillError `SNAPSHOT_CORRUPT`, `BLOB_UNKNOWN`, `DIGEST_MISMATCH`, or the store's
 */
export async function fetchIndex(
  store: SnapshotStore,
  manifest: SnapshotManifest,
  reader: PackReader,
  signal?: AbortSignal,
): Promise<SnapshotIndex> {
  const [treeRoot, layoutRoot] = await Promise.all(
    [manifest.tree, manifest.layout].map((root: Descriptor) =>
      fetchAll(store, root, { maxBytes: MAX_ROOT_BYTES, ...(signal ? { signal } : {}) }),
    ),
  );
  if (treeRoot === undefined || layoutRoot === undefined) throw corrupt('a root is missing');
  reader.bytesRead += treeRoot.length + layoutRoot.length;
  const tree = parseTreeRoot(treeRoot);
  const layout = parseLayoutRoot(layoutRoot);
  if (tree.digest !== manifest.digest) throw corrupt('the tree is not the one that the manifest names');
  if (layout.pages.length !== tree.pages.length) throw corrupt('tree and layout have different numbers of pages');
  const raw = await readPageFrames(layout, reader);
  const page = (place: PagePlace | undefined, ref: PageRef): Buffer => {
    const frame = place === undefined ? undefined : raw.get(place.frame);
    if (place === undefined || frame === undefined || place.offset + ref.size > frame.length) {
      throw corrupt('a page lies outside its frame');
    }
    return frame.subarray(place.offset, place.offset + ref.size);
  };
  return parseIndexBytes({
    treeRoot,
    layoutRoot,
    treePages: Buffer.concat(tree.pages.map((ref, n) => page(layout.pages[n]?.tree, ref))),
    layoutPages: Buffer.concat(layout.pages.map(({ layout: ref }) => page(ref, ref))),
    mtimePages: Buffer.concat(layout.pages.map(({ mtimes: ref }) => page(ref, ref))),
  });
}

/** The frames that hold pages, decompressed, by row. */
async function readPageFrames(layout: LayoutRoot, reader: PackReader): Promise<Map<number, Buffer>> {
  const rows = new Set<number>();
  for (const { tree, layout: own, mtimes } of layout.pages) {
    rows.add(tree.frame).add(own.frame).add(mtimes.frame);
  }
  const total = [...rows].reduce((sum, row) => sum + (layout.frames.frames[row]?.raw ?? 0), 0);
  if (total > MAX_PAGE_FRAMES_RAW)
    throw corrupt(`its pages lie in ${total} bytes of frames, at most ${MAX_PAGE_FRAMES_RAW}`);
  const raw = new Map<number, Buffer>();
  const readRun = async (run: readonly NumberedFrame[]): Promise<void> => {
    const [first] = run;
    const last = run.at(-1);
    const pack = layout.frames.packs[first?.frame.pack ?? -1];
    if (first === undefined || last === undefined || pack === undefined) return;
    const start = first.frame.offset;
    const bytes = await reader.read(pack, { start, length: last.frame.offset + last.frame.stored - start });
    for (const { row, frame } of run) {
      const at = frame.offset - start;
      raw.set(row, openFrame(bytes.subarray(at, at + frame.stored), frame.digest, frame.raw));
    }
    releaseBuffer(bytes);
  };
  const runs = runsOf(
    layout,
    [...rows].sort((a, b) => a - b),
  );
  // The pages of a snapshot that grew by many saves lie in many packs.
  const reading = limit(READS);
  let failed = false;
  await Promise.all(
    runs.map((run) =>
      reading(async () => {
        if (failed) return;
        try {
          await readRun(run);
        } catch (error) {
          failed = true;
          throw error;
        }
      }),
    ),
  );
  return raw;
}

interface NumberedFrame {
  readonly row: number;
  readonly frame: Frame;
}

/** Frames that are read together: of one pack, close to each other. Rows are sorted, and so are offsets in a pack. */
function runsOf(layout: LayoutRoot, rows: readonly number[]): NumberedFrame[][] {
  const runs: NumberedFrame[][] = [];
  for (const row of rows) {
    const frame = layout.frames.frames[row];
    if (frame === undefined) continue;
    const run = runs.at(-1);
    const before = run?.at(-1)?.frame;
    const start = run?.[0]?.frame.offset ?? 0;
    if (
      run !== undefined &&
      before?.pack === frame.pack &&
      frame.offset - before.offset - before.stored <= READ_GAP &&
      frame.offset + frame.stored - start <= MAX_READ
    ) {
      run.push({ row, frame });
    } else runs.push([{ row, frame }]);
  }
  return runs;
}
