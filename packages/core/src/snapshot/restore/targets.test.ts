import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSpoiltStore, type PlantedEntry, plantTree, Site, type SpoiltStore } from '@waybill/testing/snapshots';
import { measureBarrier } from '../disk/barrier.ts';
import { sweepStages } from '../disk/remove-tree.ts';
import { barrierIn, checkSpace, closeStage, openStage } from '../disk/stage.ts';

let store: SpoiltStore;
let site: Site;

beforeEach(() => {
  store = createSpoiltStore();
  site = new Site(store);
});

afterEach(() => site.remove());

const folder = (path: string, mode = 0o755): PlantedEntry => ({ path, kind: 'folder', mode });
const file = (path: string, content = path): PlantedEntry => ({ path, kind: 'file', content });

async function saved(entries: readonly PlantedEntry[], paths = ['tree']) {
  const from = site.workspace();
  plantTree(join(from, 'tree'), entries);
  const { manifest } = await site.save(from, { paths });
  return { from, manifest, tree: join(from, 'tree') };
}

describe('what stands in the way and is of another kind is replaced', () => {
  const snapshot = [
    folder(''),
    folder('folder'),
    file('folder/a'),
    folder('folder/b'),
    file('folder/b/c'),
    file('file'),
    file('none', ''),
    { path: 'link', kind: 'symlink', target: 'file' } as const,
  ];
  const obstacles: Record<string, (place: string) => void> = {
    'a file': (place) => writeFileSync(place, 'in the way'),
    'a folder with something in it': (place) => {
      mkdirSync(place);
      mkdirSync(join(place, 'sub'));
      writeFileSync(join(place, 'sub/file'), 'in the way');
    },
    'a symlink to a folder': (place) => symlinkSync('/tmp', place),
    'a symlink to nothing': (place) => symlinkSync('nowhere', place),
  };

  test.each(Object.keys(obstacles))('%s, wherever it stands', async (kind) => {
    const { manifest, tree } = await saved(snapshot);
    for (const path of ['', 'folder', 'folder/b', 'folder/b/c', 'file', 'none', 'link']) {
      const to = site.workspace();
      const place = join(to, 'tree', path);
      await site.restore(to, manifest);
      rmSync(place, { recursive: true });
      obstacles[kind]?.(place);
      await site.restore(to, manifest);
      const foreign =
        kind.startsWith('a folder') && ['', 'folder', 'folder/b'].includes(path) ? ['sub', 'sub/file'] : [];
      const expected = foreign.map((name) => `${join(path, name)}: unexpected`);
      expect(await site.difference(tree, join(to, 'tree'))).toEqual(expected);
    }
    expect(site.leftovers()).toEqual([]);
  });
});

describe('a root', () => {
  test.each([
    ['a file', { path: '', kind: 'file', content: 'a root of its own' } as const],
    ['a symlink', { path: '', kind: 'symlink', target: 'elsewhere' } as const],
    ['an empty folder', { path: '', kind: 'folder' } as const],
  ])('may be %s', async (_, { kind }) => {
    const from = site.workspace();
    const place = join(from, 'tree');
    if (kind === 'file') writeFileSync(place, 'a root of its own');
    else if (kind === 'symlink') symlinkSync('elsewhere', place);
    else mkdirSync(place);
    const { manifest } = await site.save(from);
    const to = site.workspace();
    for (let round = 0; round < 2; round++) {
      await site.restore(to, manifest);
      expect(await site.difference(place, join(to, 'tree'))).toEqual([]);
    }
    expect(readdirSync(to)).toEqual(['tree']);
  });

  test('may have parents that are not there yet; they are not left behind where nothing comes of it', async () => {
    const from = site.workspace();
    plantTree(join(from, 'a/b/c'), [folder(''), file('x')]);
    const { manifest } = await site.save(from, { paths: ['a/b/c'] });
    const to = site.workspace();
    const pack = [...store.descriptors.values()].find(({ mediaType }) => mediaType.includes('pack'));
    if (pack === undefined) throw new RangeError('there is a pack');
    const bytes = store.blobs.get(pack.digest);
    let fetches = 0;
    // The pages are in the pack as well: it goes after those were read.
    store.beforeFetch = ({ digest }) => {
      if (digest === pack.digest && ++fetches === 2) store.blobs.delete(digest);
    };
    await expect(site.restore(to, manifest, { paths: ['a/b/c'] })).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    expect(readdirSync(to)).toEqual([]);
    if (bytes !== undefined) store.blobs.set(pack.digest, bytes);
    await site.restore(to, manifest, { paths: ['a/b/c'] });
    expect(readFileSync(join(to, 'a/b/c/x'), 'utf8')).toBe('x');
    expect(readdirSync(join(to, 'a/b'))).toEqual(['c']);
  });

  test('may be one of several, each in its own place', async () => {
    const paths = ['one', 'two/deep', '~/three', 'four/*.txt', 'missing'];
    const from = site.workspace();
    const home = join(site.dir, 'home');
    plantTree(join(from, 'one'), [folder(''), file('a')]);
    plantTree(join(from, 'two/deep'), [folder(''), file('b')]);
    plantTree(join(home, 'three'), [folder(''), file('c')]);
    plantTree(join(from, 'four'), [folder(''), file('d.txt'), file('d.js')]);
    const result = await site.save(from, { paths });
    expect(result.files).toBe(4);
    const to = site.workspace();
    rmSync(join(home, 'three'), { recursive: true });
    await site.restore(to, result.manifest, { paths });
    expect(await site.difference(join(from, 'one'), join(to, 'one'))).toEqual([]);
    expect(await site.difference(join(from, 'two/deep'), join(to, 'two/deep'))).toEqual([]);
    expect(readFileSync(join(home, 'three/c'), 'utf8')).toBe('c');
    expect(readdirSync(join(to, 'four'))).toEqual(['d.txt']);
    expect(readdirSync(to).sort()).toEqual(['four', 'one', 'two']);
  });

  test('of a glob may be there already, with files that no pattern takes', async () => {
    const paths = ['packages/*/dist', '!packages/*/dist/*.map'];
    const from = site.workspace();
    plantTree(join(from, 'packages'), [
      folder(''),
      folder('a'),
      folder('a/dist'),
      file('a/dist/x.js'),
      file('a/dist/x.js.map'),
      file('a/source'),
      folder('b'),
      folder('b/dist'),
      file('b/dist/y.js'),
    ]);
    const { manifest, files } = await site.save(from, { paths });
    expect(files).toBe(2);
    const to = site.workspace();
    plantTree(join(to, 'packages'), [
      folder(''),
      folder('a', 0o750),
      file('a/source', 'mine'),
      folder('a/dist'),
      file('a/dist/x.js.map', 'mine'),
    ]);
    const before = lstatSync(join(to, 'packages/a/source'), { bigint: true });
    await site.restore(to, manifest, { paths });
    expect(readFileSync(join(to, 'packages/a/dist/x.js'), 'utf8')).toBe('a/dist/x.js');
    expect(readFileSync(join(to, 'packages/a/dist/x.js.map'), 'utf8')).toBe('mine');
    expect(lstatSync(join(to, 'packages/a/source'), { bigint: true }).ctimeNs).toBe(before.ctimeNs);
    expect(lstatSync(join(to, 'packages/a')).mode & 0o777).toBe(0o750);
    expect(existsSync(join(to, 'packages/b/dist/y.js'))).toBe(true);
  });

  test('that holds nothing is nothing to save', async () => {
    const from = site.workspace();
    expect(await site.trySave(from)).toEqual({ kind: 'nothing-matched' });
    expect(store.blobs.size).toBe(0);
    expect(readdirSync(from)).toEqual([]);
  });
});

test('hard links come back as files of the same bytes', async () => {
  const from = site.workspace();
  plantTree(join(from, 'tree'), [folder(''), file('a', 'shared')]);
  linkSync(join(from, 'tree/a'), join(from, 'tree/b'));
  const { manifest } = await site.save(from);
  const to = site.workspace();
  await site.restore(to, manifest);
  expect(readFileSync(join(to, 'tree/a'))).toEqual(readFileSync(join(to, 'tree/b')));
  expect(lstatSync(join(to, 'tree/b')).nlink).toBe(1);
});

test('a restore over a file that is linked elsewhere leaves the other name with its bytes', async () => {
  const { manifest } = await saved([folder(''), file('a', 'new bytes')]);
  const to = site.workspace();
  plantTree(join(to, 'tree'), [folder(''), file('a', 'old')]);
  linkSync(join(to, 'tree/a'), join(to, 'elsewhere'));
  await site.restore(to, manifest);
  expect(readFileSync(join(to, 'elsewhere'), 'utf8')).toBe('old');
  expect(readFileSync(join(to, 'tree/a'), 'utf8')).toBe('new bytes');
});

test('absolute paths of 3,900 bytes come back', async () => {
  const from = site.workspace();
  const parts: string[] = [];
  const top = join(from, 'tree');
  const name = 'n'.repeat(200);
  while (top.length + parts.length * 201 + 201 < 3900 - 30) parts.push(name);
  mkdirSync(join(top, ...parts), { recursive: true });
  const rest = 'f'.repeat(Math.min(255, 3900 - join(top, ...parts).length - 1));
  writeFileSync(join(top, ...parts, rest), 'deep');
  expect(join(top, ...parts, rest).length).toBe(3900);
  const { manifest } = await site.save(from);
  const to = site.workspace();
  await site.restore(to, manifest);
  expect(await site.difference(top, join(to, 'tree'))).toEqual([]);
});

describe('a signal that aborts', () => {
  const large = Array.from({ length: 12 }, (_, n) => file(`large-${n}`, `${n}`.repeat(900_000)));
  const many = [folder(''), ...large, { path: 'huge', kind: 'file' as const, content: Buffer.alloc(40_000_000) }];

  test('ends a restore wherever it stands, and nothing is left of it', async () => {
    const { manifest } = await saved(many);
    let aborted = 0;
    for (let last = 1; last < 8; last++) {
      const controller = new AbortController();
      let fetches = 0;
      store.beforeFetch = () => {
        if (++fetches === last) controller.abort(new Error('enough'));
      };
      const to = site.workspace();
      const outcome = await site.restore(to, manifest, { signal: controller.signal }).then(
        () => 'restored',
        (error: Error) => error.message,
      );
      store.beforeFetch = () => undefined;
      if (outcome === 'restored') expect(readdirSync(to)).toEqual(['tree']);
      else {
        aborted++;
        expect(outcome).toBe('enough');
        expect(readdirSync(to)).toEqual([]);
      }
    }
    expect(aborted).toBeGreaterThan(2);
    expect(site.leftovers()).toEqual([]);
  });

  test('ends a save wherever it stands; no snapshot comes of it, and no file stays open', async () => {
    const from = site.workspace();
    plantTree(join(from, 'tree'), many);
    const open = () => readdirSync('/proc/self/fd').length;
    const before = process.platform === 'linux' ? open() : 0;
    for (const last of [1, 2, 4, 8]) {
      const controller = new AbortController();
      let steps = 0;
      const progress = () => {
        if (++steps === last) controller.abort(new Error('enough'));
      };
      await expect(site.save(from, { signal: controller.signal, progress })).rejects.toThrow('enough');
    }
    const manifests = [...store.descriptors.values()].filter(({ mediaType }) => mediaType.includes('manifest'));
    expect(manifests).toEqual([]);
    if (process.platform === 'linux') expect(open()).toBeLessThanOrEqual(before);
    expect(site.leftovers()).toEqual([]);
  });
});

test('the barrier parts what was written before it from what is written after, and leaves no trace', () => {
  const root = join(site.workspace(), 'tree');
  mkdirSync(root);
  const ctime = (name: string) => {
    writeFileSync(join(root, name), '');
    return Number(lstatSync(join(root, name), { bigint: true }).ctimeNs / 1000n);
  };
  const before = ctime('before');
  const seen = lstatSync(root, { bigint: true }).mtimeNs;
  const barrier = measureBarrier(root, '0123abcd', Date.now());
  expect(lstatSync(root, { bigint: true }).mtimeNs).toBe(seen);
  expect(before).toBeLessThanOrEqual(barrier);
  expect(ctime('after')).toBeGreaterThanOrEqual(barrier);
  expect(measureBarrier(join(root, 'missing'), '0123abcd', Date.now())).toBe(0);
  expect(site.leftovers()).toEqual([]);
});

describe('a stage', () => {
  const NONCE = '0123abcd';
  const NOW = Date.UTC(2030, 0, 1);

  test('lies beside its root, and in it where the folder above is another file system', () => {
    const root = join(site.workspace(), 'tree');
    mkdirSync(root);
    utimesSync(root, 7, 7);
    const { dev } = lstatSync(root);
    const beside = openStage(root, dev, NONCE, NOW);
    expect(beside.dir).toBe(join(root, '..', `.wb-${NONCE}`));
    closeStage(beside);
    const inside = openStage(root, dev + 1, NONCE, NOW);
    expect(inside.dir).toBe(join(root, `.wb-${NONCE}`));
    expect(barrierIn(inside)).toBeGreaterThan(0);
    closeStage(inside);
    expect(readdirSync(root)).toEqual([]);
    expect(lstatSync(root).mtime).toEqual(new Date(7000));
  });

  test('that is too small for the files is told before anything is written', () => {
    const root = join(site.workspace(), 'tree');
    const stage = openStage(root, undefined, NONCE, NOW);
    expect(() => checkSpace(stage, 1)).not.toThrow();
    expect(() => checkSpace(stage, 2 ** 60)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
    closeStage(stage);
  });

  test('that a killed job left is swept after a day, and nothing else is', () => {
    const parent = site.workspace();
    const old = [`.wb-${NONCE}`, '.wb-notes', '.wb-0123abcde', '.wb-0123ABCD', 'tree'];
    for (const name of old) mkdirSync(join(parent, name));
    mkdirSync(join(parent, `.wb-${NONCE}/read-only`), { mode: 0o555 });
    mkdirSync(join(parent, '.wb-ffffffff'));
    writeFileSync(join(parent, '.wb-eeeeeeee'), 'a file of that name');
    const day = 24 * 60 * 60;
    for (const name of [...old, '.wb-eeeeeeee'])
      utimesSync(join(parent, name), NOW / 1000 - day - 1, NOW / 1000 - day - 1);
    utimesSync(join(parent, '.wb-ffffffff'), NOW / 1000 - day + 60, NOW / 1000 - day + 60);
    sweepStages(parent, '.wb-', NOW);
    expect(readdirSync(parent).sort()).toEqual([...old.slice(1), '.wb-eeeeeeee', '.wb-ffffffff'].sort());
    chmodSync(parent, 0o755);
  });
});
