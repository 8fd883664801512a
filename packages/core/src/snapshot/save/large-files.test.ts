import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSpoiltStore, type PlantedEntry, plantTree, Site, type SpoiltStore } from '@waybill/testing/snapshots';
import { createRandom } from '@waybill/testing/trees';
import { type ContentLocations, createLocations } from '../format/content-locations.ts';
import { EntryKind, EntryTable } from '../format/entry-table.ts';
import { MAX_FRAME_RAW } from '../format/format.ts';
import { sha256 } from '../format/sha256.ts';
import { createInlinePool, type WorkerPool } from '../threads/worker-pool.ts';
import { type ContentChunk, ContentPool } from './content-pool.ts';
import { PackWriter } from './pack-writer.ts';
import { saveLargeFiles } from './save-large-files.ts';
import { walkRoots } from './walk-roots.ts';
import { writePages } from './write-pages.ts';

let store: SpoiltStore;
let site: Site;

beforeEach(() => {
  store = createSpoiltStore();
  site = new Site(store);
});

afterEach(() => site.remove());

const noise = (size: number, seed: number) => {
  const bytes = Buffer.alloc(size);
  createRandom(seed).fill(bytes);
  return bytes;
};

test('large files are read four at a time, and each is let go of when it has been read', async () => {
  const from = site.workspace();
  const files = Array.from({ length: 15 }, (_, n): PlantedEntry => {
    return { path: `f${n}`, kind: 'file', content: Buffer.alloc(1_100_000 + n, `${n}`) };
  });
  plantTree(join(from, 'tree'), [{ path: '', kind: 'folder' }, ...files]);
  const paths = site.paths(from);
  const dirs = [join(from, 'tree')];
  const tree = walkRoots(paths, dirs, { notice: () => undefined, warning: () => undefined });
  const inline = createInlinePool(0o022);
  const open = new Set<number>();
  let most = 0;
  const pool: WorkerPool = {
    ...inline,
    run: (worker, task) => {
      if (task.kind === 'open') open.add(task.id);
      if (task.kind === 'drop') open.delete(task.id);
      most = Math.max(most, open.size);
      return inline.run(worker, task);
    },
  };
  const chunks = new Map<number, readonly ContentChunk[]>();
  const rows = files.map(({ path }) => tree.entries.find(0, String(path))).sort((a, b) => a - b);
  await saveLargeFiles(
    {
      tree,
      dirs,
      pool,
      contents: new ContentPool(undefined),
      writer: new PackWriter(store, 1, undefined),
      firstFrame: 0,
      level: 1,
      scan: undefined,
      content: new Int32Array(tree.entries.count).fill(-1),
      chunks,
      dropped: new Map(),
      findings: [],
      progress: () => undefined,
      signal: undefined,
    },
    rows,
  );
  expect([...chunks.keys()].sort((a, b) => a - b)).toEqual(rows);
  expect(most).toBeLessThanOrEqual(4);
  expect(open).toEqual(new Set());
});

test('what lies between two frames that are needed is not fetched', async () => {
  const from = site.workspace();
  const text = (path: string): PlantedEntry => ({ path, kind: 'file', content: Buffer.alloc(2 ** 20, `text ${path}`) });
  const other = (path: string, n: number): PlantedEntry => ({ path, kind: 'file', content: noise(2 ** 20, n) });
  // Two to a frame: the first and the last frame are small when they are stored, the one between is not.
  const between = ['c', 'd'].map(other);
  const files = [text('a'), text('b'), ...between, text('y'), text('z')];
  plantTree(join(from, 'tree'), [{ path: '', kind: 'folder' }, ...files]);
  const { manifest } = await site.save(from);
  const to = site.workspace();
  plantTree(join(to, 'tree'), [{ path: '', kind: 'folder' }, ...files.slice(1, -1)]);
  const { writtenFiles, downloadedBytes } = await site.restore(to, manifest);
  expect(writtenFiles).toBe(2);
  expect(downloadedBytes).toBeLessThan(50_000);
  expect(await site.difference(join(from, 'tree'), join(to, 'tree'))).toEqual([]);
});

/** A tree of files of so many chunks, all of which lie in one frame. */
function claimed(files: number, chunksEach: number): { entries: EntryTable; locations: ContentLocations } {
  const entries = new EntryTable(files);
  const locations = createLocations(files);
  const digest = Buffer.alloc(32);
  for (let n = 0; n < files; n++) {
    const row = entries.add(0, `file-${String(n).padStart(6, '0')}`, EntryKind.file, 0o644, chunksEach * 2 ** 20, 0);
    locations.chunks.set(
      row,
      Array.from({ length: chunksEach }, () => ({ digest, size: 2 ** 20, frame: 0, offset: 0 })),
    );
  }
  return { entries, locations };
}

const pagesOf = (tree: ReturnType<typeof claimed>) =>
  writePages({
    ...tree,
    roots: ['tree'],
    digestOfFrame: () => sha256(Buffer.alloc(0)),
    parent: undefined,
    writer: new PackWriter(store, 1, undefined),
    firstFrame: 0,
    level: 1,
    pool: createInlinePool(0o022),
  });

test('many files of many GiB have pages that every reader takes', async () => {
  const { places } = await pagesOf(claimed(200, 1500));
  expect(places.length).toBeGreaterThan(20);
  for (const { layout } of places) expect(layout.size).toBeLessThan(MAX_FRAME_RAW / 2);
});

test('a file that no page can hold is refused when it is saved', async () => {
  await expect(pagesOf(claimed(1, 60_000))).rejects.toMatchObject({ code: 'TREE_TOO_LARGE', kind: 'user' });
});
