import { chmodSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createSpoiltStore, type PlantedEntry, plantTree, Site, type SpoiltStore } from '@waybill/testing/snapshots';
import { createRandom, diffTrees, type TreeFingerprint, treeFingerprint } from '@waybill/testing/trees';
import { openLayoutStore } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { type Descriptor, type Digest, hexOf, parseManifest } from '../../oci/index.ts';

const noise = (size: number, seed: number) => {
  const bytes = Buffer.alloc(size);
  createRandom(seed).fill(bytes);
  return bytes;
};

const TREE: readonly PlantedEntry[] = [
  { path: '', kind: 'folder' },
  { path: 'a', kind: 'folder' },
  { path: 'a/one', kind: 'file', content: 'one' },
  { path: 'a/empty', kind: 'file' },
  { path: 'link', kind: 'symlink', target: 'a/one' },
  { path: 'large', kind: 'file', content: noise(1_200_000, 1) },
  { path: 'small', kind: 'file', content: noise(900, 2), mode: 0o755 },
  { path: 'read-only', kind: 'folder', mode: 0o555 },
  { path: 'read-only/file', kind: 'file', content: 'sealed', mode: 0o444 },
];

/** Every byte of what is read first, the edges and some in between of a pack. */
function positions(length: number, all: boolean): number[] {
  if (all) return Array.from({ length }, (_, n) => n);
  const edges = Array.from({ length: 16 }, (_, n) => [n, length - 1 - n]).flat();
  return [...edges, ...Array.from({ length: 60 }, (_, n) => Math.floor((n * length) / 60))];
}

let site: Site;
let store: SpoiltStore;
let manifest: Descriptor;
let right: TreeFingerprint;
/** The blobs of the snapshot, as they should be. */
let truth: ReadonlyMap<Digest, Buffer>;

beforeAll(async () => {
  store = createSpoiltStore();
  site = new Site(store);
  const from = site.workspace();
  plantTree(join(from, 'tree'), TREE);
  right = await treeFingerprint(join(from, 'tree'));
  // On a parent, so that there is more than one pack.
  writeFileSync(join(from, 'tree/small'), 'before');
  const parent = await site.save(from);
  const later = site.workspace();
  plantTree(join(later, 'tree'), TREE);
  const saved = await site.save(later, { parent: parent.manifest });
  expect(saved.reusedPacks).toHaveLength(1);
  manifest = saved.manifest;
  const { layers } = parseManifest(store.blobs.get(manifest.digest) ?? Buffer.alloc(0)).value;
  truth = new Map([manifest, ...layers].map(({ digest }) => [digest, store.blobs.get(digest) ?? Buffer.alloc(0)]));
  expect(truth.size).toBe(5);
});

afterAll(() => site.remove());

beforeEach(() => {
  store.blobs.clear();
  for (const [digest, bytes] of truth) store.blobs.set(digest, Buffer.from(bytes));
});

/** Either the right tree stands afterwards, or an error with a code came and nothing at all has changed. */
async function judge(
  to: string,
  before: TreeFingerprint | undefined,
  restore: Promise<unknown>,
): Promise<'whole' | 'refused'> {
  const error = await restore.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(site.leftovers()).toEqual([]);
  const found = await treeFingerprint(to);
  if (error === undefined) {
    const foreign = before === undefined ? [] : [expect.stringMatching(/^foreign: unexpected/)];
    expect(diffTrees(right, await treeFingerprint(join(to, 'tree')))).toEqual(foreign);
    return 'whole';
  }
  expect(error).toBeInstanceOf(WaybillError);
  expect(error).toMatchObject({ kind: expect.stringMatching(/^(?:integrity|remote)$/) });
  // The folder itself may show that something was staged in it.
  expect(diffTrees(before ?? [], found.slice(1))).toEqual([]);
  return 'refused';
}

const below = async (dir: string) => (await treeFingerprint(dir)).slice(1);

/** An older version of the tree, with something of its own. */
async function older(to: string): Promise<TreeFingerprint> {
  plantTree(join(to, 'tree'), TREE);
  writeFileSync(join(to, 'tree/small'), 'older');
  writeFileSync(join(to, 'tree/large'), 'older');
  chmodSync(join(to, 'tree/read-only'), 0o755);
  rmSync(join(to, 'tree/read-only/file'));
  writeFileSync(join(to, 'tree/foreign'), 'foreign');
  return below(to);
}

/** Tells of a store with one spoilt blob whether it is refused in both kinds of target. */
async function both(spoil: () => void): Promise<string[]> {
  const verdicts: string[] = [];
  spoil();
  const fresh = site.workspace();
  verdicts.push(await judge(fresh, undefined, site.restore(fresh, manifest)));
  site.removeFolder(fresh);
  const existing = site.workspace();
  const before = await older(existing);
  verdicts.push(await judge(existing, before, site.restore(existing, manifest)));
  site.removeFolder(existing);
  return verdicts;
}

describe('a blob that is not what its digest says', () => {
  test('is true where nothing is spoilt', async () => {
    expect(await both(() => undefined)).toEqual(['whole', 'whole']);
  });

  test.each([0, 1, 2, 3, 4])(
    'is found out wherever one of its bits is wrong, or it does no harm (blob %i)',
    async (n) => {
      const [digest, bytes] = [...truth][n] ?? [];
      if (digest === undefined || bytes === undefined) throw new RangeError('there are five blobs');
      const fresh = site.workspace();
      let refused = 0;
      let whole = 0;
      for (const position of positions(bytes.length, n < 3)) {
        const spoilt = Buffer.from(bytes);
        spoilt.writeUInt8((spoilt[position] ?? 0) ^ (1 << (position % 8)), position);
        store.blobs.set(digest, spoilt);
        const verdict = await judge(fresh, undefined, site.restore(fresh, manifest));
        if (verdict === 'refused') refused++;
        else {
          whole++;
          site.removeFolder(join(fresh, 'tree'));
        }
      }
      expect(refused).toBeGreaterThan(0);
      // Manifest and roots are refused for any bit; of a pack, parts that nothing needs may be as they like.
      if (n < 3) expect(whole).toBe(0);
    },
  );

  test.each([0, 1, 2, 3, 4])('is found out in fresh and in existing targets (blob %i)', async (n) => {
    const digest = [...truth.keys()][n];
    if (digest === undefined) throw new RangeError('there are five blobs');
    const bytes = truth.get(digest) ?? Buffer.alloc(0);
    const set = (spoilt: Buffer) => both(() => void store.blobs.set(digest, spoilt));
    const refused = ['refused', 'refused'];
    expect(await set(Buffer.alloc(0))).toEqual(refused);
    expect(await set(bytes.subarray(0, 10))).toEqual(refused);
    const flipped = Buffer.from(bytes);
    for (let at = 0; at < flipped.length; at += 7) flipped.writeUInt8((flipped[at] ?? 0) ^ 1, at);
    expect(await set(flipped)).toEqual(refused);
    expect(await set(Buffer.alloc(bytes.length))).toEqual(refused);
    for (const other of truth.values()) if (other !== bytes) expect(await set(other)).toEqual(refused);
    for (const cut of [1, Math.floor(bytes.length / 2)]) {
      expect(['refused', 'whole']).toEqual(expect.arrayContaining(await set(bytes.subarray(0, bytes.length - cut))));
    }
    expect(['refused', 'whole']).toEqual(expect.arrayContaining(await set(Buffer.concat([bytes, Buffer.alloc(9)]))));
    expect(await both(() => void store.blobs.delete(digest))).toEqual(refused);
  });
});

test('a blob that goes while it is restored leaves nothing behind', async () => {
  const packs = [...truth.keys()].slice(3);
  let fetched = 0;
  for (let last = 1; last < 12; last++) {
    fetched = 0;
    store.beforeFetch = ({ digest }) => {
      if (packs.includes(digest) && ++fetched === last) store.blobs.delete(digest);
    };
    for (const [digest, bytes] of truth) store.blobs.set(digest, bytes);
    const existing = site.workspace();
    const before = await older(existing);
    await judge(existing, before, site.restore(existing, manifest));
  }
  store.beforeFetch = () => undefined;
});

describe('on a store that keeps its blobs in files here', () => {
  test.each([
    [
      'one bit',
      (path: string, length: number) => {
        const bytes = readFileSync(path);
        const at = Math.floor(length / 2);
        writeFileSync(path, bytes.fill((bytes[at] ?? 0) ^ 16, at, at + 1));
      },
    ],
    ['nothing in it', (path: string) => truncateSync(path, 0)],
    ['half of it', (path: string, length: number) => truncateSync(path, Math.floor(length / 2))],
    ['it is gone', (path: string) => rmSync(path)],
  ])('a spoilt file is found out: %s', async (_, spoil) => {
    const local = openLayoutStore(join(site.dir, `store-${site.workspace().length}-${Math.random()}`), {
      clock: Date.now,
    });
    for (const [digest, bytes] of truth) {
      const descriptor = store.descriptors.get(digest);
      if (descriptor !== undefined) await local.push(descriptor, bytes);
    }
    const whole = site.workspace();
    expect(await judge(whole, undefined, site.restore(whole, manifest, { store: local }))).toBe('whole');
    for (const [digest, bytes] of truth) {
      const path = join(local.dir, 'blobs', 'sha256', hexOf(digest));
      const kept = join(site.dir, `kept-${hexOf(digest)}`);
      copyFileSync(path, kept);
      chmodSync(path, 0o600);
      spoil(path, bytes.length);
      const fresh = site.workspace();
      expect(await judge(fresh, undefined, site.restore(fresh, manifest, { store: local }))).toBe('refused');
      const existing = site.workspace();
      const before = await older(existing);
      expect(await judge(existing, before, site.restore(existing, manifest, { store: local }))).toBe('refused');
      rmSync(path, { force: true });
      copyFileSync(kept, path);
    }
  });
});
