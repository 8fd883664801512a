import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSpoiltStore, type PlantedEntry, plantTree, Site, type SpoiltStore } from '@waybill/testing/snapshots';
import { proves, readRecord, type TreeRecord } from './record.ts';

let store: SpoiltStore;
let site: Site;

beforeEach(() => {
  store = createSpoiltStore();
  site = new Site(store);
});

afterEach(() => site.remove());

const TREE: readonly PlantedEntry[] = [
  { path: '', kind: 'folder' },
  ...Array.from({ length: 20 }, (_, n) => ({ path: `file-${n}`, kind: 'file' as const, content: `content ${n}` })),
  { path: 'large', kind: 'file', content: Buffer.alloc(1_500_000, 'large') },
];

const packs = () => [...store.descriptors.values()].filter(({ mediaType }) => mediaType.includes('.pack.'));
const packFetches = () => store.fetches.filter(({ descriptor }) => descriptor.mediaType.includes('.pack.'));
const records = () => readdirSync(join(site.stateDir, 'records'));
const recordFile = () => join(site.stateDir, 'records', records()[0] ?? '');

async function savedTree() {
  const from = site.workspace();
  plantTree(join(from, 'tree'), TREE);
  const { manifest } = await site.save(from);
  return { tree: join(from, 'tree'), manifest };
}

describe('a restore where the tree stands already', () => {
  test('reads no pack and no root, writes nothing, and touches nothing', async () => {
    const { manifest } = await savedTree();
    const to = site.workspace();
    await site.restore(to, manifest, { machine: site.remembering() });
    const seen = () =>
      readdirSync(join(to, 'tree')).map((name) => lstatSync(join(to, 'tree', name), { bigint: true }).ctimeNs);
    const before = seen();
    store.fetches.length = 0;
    const result = await site.restore(to, manifest, { machine: site.remembering() });
    expect(store.fetches.map(({ descriptor }) => descriptor.digest)).toEqual([manifest.digest]);
    expect(result).toMatchObject({ files: 21, writtenFiles: 0, downloadedBytes: manifest.size });
    expect(seen()).toEqual(before);
  });

  test('without a record reads the files instead, and none of them from the store', async () => {
    const { manifest } = await savedTree();
    const to = site.workspace();
    await site.restore(to, manifest);
    expect(await site.restore(to, manifest)).toMatchObject({ writtenFiles: 0 });
  });

  test('finds a file that has other bytes, and the size and the mtime that it had', async () => {
    const { tree, manifest } = await savedTree();
    const to = site.workspace();
    for (let round = 0; round < 5; round++) {
      await site.restore(to, manifest, { machine: site.remembering() });
      const place = join(to, 'tree', `file-${round}`);
      const { atime, mtime } = statSync(place);
      writeFileSync(place, 'CONTENT X'.slice(0, lstatSync(place).size));
      utimesSync(place, atime, mtime);
      expect(await site.restore(to, manifest, { machine: site.remembering() })).toMatchObject({ writtenFiles: 1 });
      expect(await site.difference(tree, join(to, 'tree'))).toEqual([]);
    }
  });

  test('finds a file that another of the same looks was renamed over', async () => {
    const { tree, manifest } = await savedTree();
    const to = site.workspace();
    await site.restore(to, manifest, { machine: site.remembering() });
    const place = join(to, 'tree/large');
    writeFileSync(`${place}.new`, Buffer.alloc(1_500_000, 'LARGE'));
    utimesSync(`${place}.new`, statSync(place).atime, statSync(place).mtime);
    renameSync(`${place}.new`, place);
    expect(await site.restore(to, manifest, { machine: site.remembering() })).toMatchObject({ writtenFiles: 1 });
    expect(await site.difference(tree, join(to, 'tree'))).toEqual([]);
  });

  test('puts modes and times right without writing a file', async () => {
    const { tree, manifest } = await savedTree();
    const to = site.workspace();
    await site.restore(to, manifest, { machine: site.remembering() });
    chmodSync(join(to, 'tree/file-1'), 0o600);
    utimesSync(join(to, 'tree/file-2'), 5, 5);
    utimesSync(join(to, 'tree'), 5, 5);
    store.fetches.length = 0;
    expect(await site.restore(to, manifest, { machine: site.remembering() })).toMatchObject({ writtenFiles: 0 });
    expect(packFetches()).toEqual([]);
    expect(await site.difference(tree, join(to, 'tree'))).toEqual([]);
  });
});

describe('a save of what was restored', () => {
  test('reads no file that is as it was, and uploads what is new', async () => {
    const { manifest } = await savedTree();
    const to = site.workspace();
    const machine = site.remembering();
    await site.restore(to, manifest, { machine });
    writeFileSync(join(to, 'tree/file-3'), 'changed');
    let read = 0;
    const result = await site.save(to, {
      machine,
      parent: manifest,
      progress: (at) => {
        if (at.phase === 'read') read = at.files;
      },
    });
    expect(read).toBe(1);
    expect(result).toMatchObject({ result: 'delta', files: 21 });
    expect(result.uploadedBytes).toBeLessThan(10_000);
    const other = site.workspace();
    await site.restore(other, result.manifest);
    expect(await site.difference(join(to, 'tree'), join(other, 'tree'))).toEqual([]);
  });

  test('finds other bytes behind the size and the mtime that the file had', async () => {
    const from = site.workspace();
    const machine = site.remembering();
    plantTree(join(from, 'tree'), TREE);
    let parent = (await site.save(from, { machine })).manifest;
    for (let round = 0; round < 5; round++) {
      const place = join(from, 'tree/file-1');
      const { atime, mtime } = statSync(place);
      writeFileSync(place, `content${round}${round}`);
      utimesSync(place, atime, mtime);
      const { manifest } = await site.save(from, { machine, parent });
      const other = site.workspace();
      await site.restore(other, manifest);
      expect(readFileSync(join(other, 'tree/file-1'), 'utf8')).toBe(`content${round}${round}`);
      parent = manifest;
    }
  });

  test('of an unchanged tree stores nothing but what says so', async () => {
    const { manifest } = await savedTree();
    const to = site.workspace();
    await site.restore(to, manifest, { machine: site.remembering() });
    const again = await site.save(to, { machine: site.remembering(), parent: manifest });
    expect(again).toMatchObject({ result: 'unchanged', manifest, uploadedBytes: 0 });
  });

  test('on another parent than the record’s stores what that parent lacks', async () => {
    const machine = site.remembering();
    const { manifest } = await savedTree();
    const to = site.workspace();
    await site.restore(to, manifest, { machine });
    const other = site.workspace();
    plantTree(join(other, 'tree'), TREE.slice(0, 6));
    const parent = await site.save(other);
    const result = await site.save(to, { machine, parent: parent.manifest });
    expect(result.result).toBe('delta');
    const back = site.workspace();
    await site.restore(back, result.manifest);
    expect(await site.difference(join(to, 'tree'), join(back, 'tree'))).toEqual([]);
  });

  test('on a parent that has lost a pack, or cannot be read, stores everything, and says so', async () => {
    const { manifest, tree } = await savedTree();
    const lost = packs();
    for (const { digest } of lost) store.blobs.delete(digest);
    const whole = await site.save(join(tree, '..'), { parent: manifest });
    expect(whole).toMatchObject({ result: 'new', reusedBytes: 0 });
    expect(site.notices).toEqual([expect.stringMatching(/everything is stored anew/)]);
    store.blobs.delete(manifest.digest);
    const again = await site.save(join(tree, '..'), { parent: manifest });
    expect(again.manifest).toEqual(whole.manifest);
    expect(site.notices).toHaveLength(2);
    const to = site.workspace();
    await site.restore(to, whole.manifest);
    expect(await site.difference(tree, join(to, 'tree'))).toEqual([]);
  });
});

describe('a record', () => {
  test.each<[string, (path: string) => void]>([
    ['garbage', (path) => writeFileSync(path, 'garbage')],
    ['empty', (path) => truncateSync(path, 0)],
    ['cut off', (path) => truncateSync(path, lstatSync(path).size - 9)],
    ['of another version', (path) => writeFileSync(path, readFileSync(path).fill('9', 7, 8))],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('that is %s is ignored', async (_, spoil) => {
    const { tree, manifest } = await savedTree();
    const to = site.workspace();
    await site.restore(to, manifest, { machine: site.remembering() });
    expect(records()).toHaveLength(1);
    spoil(recordFile());
    expect(readRecord(recordFile())).toBeUndefined();
    writeFileSync(join(to, 'tree/file-1'), 'changed');
    expect(await site.restore(to, manifest, { machine: site.remembering() })).toMatchObject({ writtenFiles: 1 });
    expect(await site.difference(tree, join(to, 'tree'))).toEqual([]);
  });

  test('with a single wrong bit, wherever, is no record', async () => {
    const { manifest } = await savedTree();
    await site.restore(site.workspace(), manifest, { machine: site.remembering() });
    const path = recordFile();
    const bytes = readFileSync(path);
    expect(readRecord(path)?.manifest.digest).toBe(manifest.digest);
    // Behind the header, which a checksum guards.
    const body = bytes.indexOf('}') + 200;
    for (let at = body; at < bytes.length; at += 17) {
      const spoilt = Buffer.from(bytes);
      spoilt[at] = (spoilt[at] ?? 0) ^ 4;
      writeFileSync(path, spoilt);
      expect(readRecord(path)).toBeUndefined();
    }
  });

  test('that cannot lie where it should is no trouble', async () => {
    const { manifest } = await savedTree();
    const file = join(site.workspace(), 'file');
    writeFileSync(file, '');
    const { files } = await site.restore(site.workspace(), manifest, { machine: { stateDir: join(file, 'state') } });
    expect(files).toBe(21);
  });

  test('is kept apart for each place and each set of patterns', async () => {
    const { manifest } = await savedTree();
    const machine = site.remembering();
    await site.restore(site.workspace(), manifest, { machine });
    await site.restore(site.workspace(), manifest, { machine });
    expect(records()).toHaveLength(2);
  });

  test('proves a file only where all agrees, and its ctime lies before the barrier', async () => {
    const { manifest } = await savedTree();
    const to = site.workspace();
    await site.restore(to, manifest, { machine: site.remembering() });
    const record = readRecord(recordFile());
    if (record === undefined) throw new RangeError('there is a record');
    const row = record.index.entries.find(0, 'file-1');
    const { size, ino, dev, mtimeNs, ctimeNs } = lstatSync(join(to, 'tree/file-1'), { bigint: true });
    const seen = {
      dev: Number(dev),
      ino: Number(ino),
      size: Number(size),
      mtimeUs: Number(mtimeNs / 1000n),
      ctimeUs: Number(ctimeNs / 1000n),
    };
    expect(proves(record, row, 0, seen)).toBe(true);
    for (const field of ['dev', 'ino', 'size', 'mtimeUs', 'ctimeUs'] as const) {
      expect(proves(record, row, 0, { ...seen, [field]: seen[field] + 1 })).toBe(false);
    }
    const barrier = (at: number): TreeRecord => ({ ...record, roots: [{ dev: seen.dev, barrier: at }] });
    expect(proves(barrier(seen.ctimeUs), row, 0, seen)).toBe(false);
    expect(proves(barrier(seen.ctimeUs + 1), row, 0, seen)).toBe(true);
    expect(proves(record, row, 1, seen)).toBe(false);
  });
});
