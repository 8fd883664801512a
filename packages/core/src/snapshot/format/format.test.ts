import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSpoiltStore, forgeSnapshot, type PlantedEntry, plantTree, Site } from '@waybill/testing/snapshots';
import { type Descriptor, parseManifest } from '../../oci/index.ts';
import { endsAt, packScale, pathHash } from './format.ts';
import { treeDigest } from './snapshot-index.ts';

const store = createSpoiltStore();
let site: Site;

beforeEach(() => {
  site = new Site(store);
});

afterEach(() => site.remove());

const MTIME_US = 1e12;
const ENTRIES: readonly PlantedEntry[] = [
  { path: '', kind: 'folder', mode: 0o755 },
  { path: 'a', kind: 'file', content: 'first\n', mode: 0o644 },
  { path: 'a.b', kind: 'folder', mode: 0o1777 },
  { path: 'a.b/tool', kind: 'file', content: '#!/bin/sh\n', mode: 0o755 },
  { path: 'empty', kind: 'file', mode: 0o444 },
  { path: 'link', kind: 'symlink', target: '../elsewhere' },
  { path: 'z', kind: 'folder', mode: 0o555 },
  { path: Buffer.from([0x7a, 0x2f, 0xff, 0x0a]), kind: 'file', content: 'odd name', mode: 0o600 },
];
const TREE = ENTRIES.map((entry): PlantedEntry => ({ ...entry, mtimeUs: MTIME_US }));

const read = (manifest: Descriptor) => parseManifest(store.blobs.get(manifest.digest) ?? Buffer.alloc(0)).value;

test('format 1.0 is what it was: this tree has this digest and this root', async () => {
  const from = site.workspace();
  plantTree(join(from, 'tree'), TREE);
  const { digest, manifest } = await site.save(from);
  const { artifactType, layers, annotations } = read(manifest);
  expect(digest).toBe('sha256:8e0086d75c2099428139532c3022b7233c80ca12b70873a13ecf7d18c4998e8f');
  expect(layers[0]?.digest).toBe('sha256:c59b9638550dfe1d03b65448165150d3a3d930eb9c326cd4c2d0f1cae258f376');
  expect(artifactType).toBe('application/vnd.waybill.snapshot.v1');
  expect(layers.map(({ mediaType }) => mediaType)).toEqual([
    'application/vnd.waybill.snapshot.tree.v1',
    'application/vnd.waybill.snapshot.layout.v1',
    'application/vnd.waybill.snapshot.pack.v1',
  ]);
  expect(layers.map((layer) => layer.annotations?.['org.opencontainers.image.title'])).toEqual([
    'tree',
    'layout',
    expect.stringMatching(/^[0-9a-f]{16}\.pack$/),
  ]);
  expect(annotations).toEqual({ 'dev.waybill.tree.digest': digest });
});

test('a writer that was made from the description alone writes the same tree', async () => {
  const from = site.workspace();
  plantTree(join(from, 'tree'), TREE);
  const saved = await site.save(from);
  const forged = await forgeSnapshot(store, { roots: ['tree'], entries: TREE });
  expect(read(forged).layers[0]?.digest).toBe(read(saved.manifest).layers[0]?.digest);
  // And its snapshot, packs and all, restores to the same.
  const to = site.workspace();
  expect((await site.restore(to, forged)).digest).toBe(saved.digest);
  expect(await site.difference(join(from, 'tree'), join(to, 'tree'))).toEqual([]);
});

test('a tree has its digest whatever its times, and another where its roots have other names', async () => {
  const [one, two] = [site.workspace(), site.workspace()];
  plantTree(join(one, 'tree'), TREE);
  plantTree(
    join(two, 'other'),
    TREE.map((entry) => ({ ...entry, mtimeUs: 5 })),
  );
  plantTree(
    join(two, 'tree'),
    TREE.map((entry) => ({ ...entry, mtimeUs: 5 })),
  );
  const { digest } = await site.save(one);
  expect((await site.save(two)).digest).toBe(digest);
  expect((await site.save(two, { paths: ['other'] })).digest).not.toBe(digest);
  expect(treeDigest(['a'], Buffer.alloc(0))).not.toBe(treeDigest(['a', ''], Buffer.alloc(0)));
});

test('the hash of a path and the scale of packs are part of the format', () => {
  expect(['', 'a', 'a/b', '\xff'].map(pathHash)).toEqual([2_166_103_257, 3_826_044_192, 982_404_943, 2_047_604_805]);
  expect([endsAt(0, 9), endsAt(512, 9), endsAt(256, 9), endsAt(1, 1)]).toEqual([true, true, false, false]);
  const GIB = 2 ** 30;
  expect([0, 2 * GIB, 2 * GIB + 1, 4 * GIB, 5 * GIB, 100 * GIB].map(packScale)).toEqual([1, 1, 2, 2, 4, 64]);
});
