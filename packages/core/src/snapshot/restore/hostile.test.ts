import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createSpoiltStore,
  type ForgedEntry,
  type ForgeLies,
  forgeSnapshot,
  plantTree,
  Site,
  type SpoiltStore,
} from '@waybill/testing/snapshots';
import { treeFingerprint } from '@waybill/testing/trees';
import fc from 'fast-check';
import { digestOf } from '../../oci/index.ts';
import { EntryKind, EntryTable } from '../format/entry-table.ts';
import { checkFolding, checkTree } from './jail.ts';

let store: SpoiltStore;
let site: Site;

beforeEach(() => {
  store = createSpoiltStore();
  site = new Site(store);
});

afterEach(() => site.remove());

const ROOT: ForgedEntry = { path: '', kind: 'folder' };
const file = (path: string | Buffer, content = 'planted'): ForgedEntry => ({ path, kind: 'file', content });
const folder = (path: string | Buffer): ForgedEntry => ({ path, kind: 'folder' });
const link = (path: string | Buffer, target: string): ForgedEntry => ({ path, kind: 'symlink', target });

/** The workspaces and everything beside them, before and after a restore that must be refused. */
async function refused(
  entries: readonly ForgedEntry[],
  { roots = ['tree'], lies = {}, paths = ['tree'] }: { roots?: string[]; lies?: ForgeLies; paths?: string[] } = {},
): Promise<unknown> {
  const manifest = await forgeSnapshot(store, { roots, entries, lies });
  const to = site.workspace();
  const before = await site.fingerprint();
  const error = await site.restore(to, manifest, { paths }).then(
    () => 'restored',
    (reason: unknown) => reason,
  );
  expect(await site.fingerprint()).toEqual(before);
  return error;
}

const UNSAFE = expect.objectContaining({ code: 'UNSAFE_ENTRY', kind: 'integrity' });
const CORRUPT = expect.objectContaining({ code: 'SNAPSHOT_CORRUPT', kind: 'integrity' });

test('an honest snapshot of the forger is restored', async () => {
  const to = site.workspace();
  const entries = [ROOT, file('a', 'one'), folder('b'), file('b/c', 'two'), file('b/empty', ''), link('d', 'b/c')];
  const manifest = await forgeSnapshot(store, { roots: ['tree'], entries });
  expect(await site.restore(to, manifest)).toMatchObject({ files: 3, bytes: 6, writtenFiles: 3 });
  expect(readFileSync(join(to, 'tree/a'), 'utf8')).toBe('one');
  expect(readFileSync(join(to, 'tree/b/c'), 'utf8')).toBe('two');
  expect(lstatSync(join(to, 'tree/b/empty')).size).toBe(0);
  expect(readlinkSync(join(to, 'tree/d'))).toBe('b/c');
  expect(lstatSync(join(to, 'tree')).mtime).toEqual(new Date(1e9));
});

describe('a snapshot is refused whole, and nothing is written, for', () => {
  test.each<[string, readonly ForgedEntry[]]>([
    ['..', [ROOT, file('..')]],
    ['../x', [ROOT, file('../x')]],
    ['a/../../x', [ROOT, file('a/../../x')]],
    ['a/..', [ROOT, file('a/..')]],
    ['an absolute path', [ROOT, file('/tmp/planted')]],
    ['a single dot', [ROOT, file('.')]],
    ['a dot in between', [ROOT, folder('a'), file('a/./b')]],
    ['an empty component', [ROOT, folder('a'), file('a//b')]],
    ['a slash at the end', [ROOT, file('a/')]],
    ['NUL', [ROOT, file('a\0b')]],
    ['a file twice', [ROOT, file('a'), file('a')]],
    ['the root twice', [ROOT, ROOT]],
    ['entries out of order', [ROOT, file('b'), file('a')]],
    ['an entry below a file', [ROOT, file('a'), file('a/b')]],
    ['an entry far below a file', [ROOT, file('a'), file('a/b/c/d')]],
    ['an entry below a symlink', [ROOT, link('a', '/tmp'), file('a/planted')]],
    [
      'an entry below a symlink, with others in between',
      [ROOT, link('a', '/tmp'), file('a-b'), file('a.b'), file('a/b')],
    ],
    ['an entry below a root that is a symlink', [link('', '/tmp'), file('planted')]],
    ['an entry below a root that is a file', [file(''), file('planted')]],
    ['a staging name', [ROOT, file('.wb-00000000')]],
    ['a staging name below', [ROOT, folder('a'), file('a/.wb-x/b')]],
    ['a root that there is not', [ROOT, { ...file('a'), root: 1 }]],
  ])('%s', async (_, entries) => {
    expect(await refused(entries)).toEqual(UNSAFE);
  });

  test('other roots than those that were asked for', async () => {
    expect(await refused([ROOT], { roots: ['other'] })).toEqual(UNSAFE);
    expect(await refused([ROOT], { roots: ['tree', 'tree2'] })).toEqual(UNSAFE);
    expect(await refused([ROOT], { roots: [] })).toEqual(UNSAFE);
    expect(await refused([ROOT], { roots: ['../tree'] })).toEqual(UNSAFE);
  });

  test('entries that the patterns of this step do not take', async () => {
    const paths = ['tree/**/*.txt', '!tree/private'];
    expect(await refused([file('a.txt'), file('a.sh')], { paths })).toEqual(UNSAFE);
    expect(await refused([file('private/a.txt')], { paths })).toEqual(UNSAFE);
    expect(await refused([ROOT, file('a.txt')], { paths })).toEqual(UNSAFE);
  });

  test.each(['4755', '2755', '6777', '10000', '100644'])('the mode 0%s', async (octal) => {
    const mode = Number.parseInt(octal, 8);
    expect(await refused([ROOT, { ...file('a'), mode }])).toEqual(CORRUPT);
    expect(await refused([{ ...ROOT, mode }])).toEqual(CORRUPT);
  });

  const some = digestOf(Buffer.from('some other tree'));
  const zeros = Buffer.alloc(1_000_000);
  test.each<[string, ForgeLies]>([
    ['a wrong tree digest', { treeDigest: some }],
    ['a tree digest that differs from the manifest', { manifestDigest: some }],
    ['more entries than there are', { entriesDeclared: 5 }],
    ['fewer entries than there are', { entriesDeclared: 2 }],
    ['far more entries than there are', { entriesDeclared: 1_999_999 }],
    ['more entries than anybody may have', { entriesDeclared: 2_000_001 }],
    ['a page that is longer than it says', { treePageSize: 20 }],
    ['a page that is shorter than it says', { treePageSize: 100_000 }],
    ['a page beyond all sizes', { treePageSize: 2 ** 52 }],
    ['a page elsewhere in its frame', { pageOffset: 1 }],
    ['a page behind its frame', { pageOffset: 2 ** 21 }],
    ['a frame that unpacks to more than it says', { contentRaw: 500_000 }],
    ['a frame that unpacks to less than it says', { contentRaw: 2 ** 21 }],
    ['a frame that unpacks to a little more than it says', { contentSurplus: 1 }],
    ['a frame that unpacks to a hundred times what it says', { contentSurplus: 100_000_000 }],
    ['a frame beyond all sizes', { contentRaw: 2 ** 21 + 1 }],
    ['a frame that is stored in more than it says', { contentStored: 12 }],
    ['a frame that is stored in less than it says', { contentStored: 2 ** 20 }],
    ['a file outside its frame', { firstOffset: 900_000 }],
    ['a file far outside its frame', { firstOffset: 2 ** 52 }],
    ['a frame that is not on the page', { firstFrame: 1 }],
    ['a pack that is shorter than its frames', { packSize: 30 }],
    ['a pack that is listed twice, with frames that overlap', { packTwice: true }],
    ['another artifact', { artifactType: 'application/vnd.example' }],
  ])('%s', async (_, lies) => {
    expect(await refused([ROOT, { ...file('a'), content: zeros }, file('b')], { lies })).toEqual(CORRUPT);
  });

  test('a newer major format, which is told apart', async () => {
    const lies = { artifactType: 'application/vnd.waybill.snapshot.v2' };
    expect(await refused([ROOT], { lies })).toEqual(expect.objectContaining({ code: 'SNAPSHOT_NEWER_FORMAT' }));
  });

  test('a pack that claims to be endless, without taking memory for it', async () => {
    const before = process.memoryUsage().arrayBuffers;
    // The pack's true bytes are there and suffice: only what frames say is ever asked for.
    const manifest = await forgeSnapshot(store, {
      roots: ['tree'],
      entries: [ROOT, file('a')],
      lies: { packSize: 2 ** 52 },
    });
    await site.restore(site.workspace(), manifest);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('whatever paths a snapshot lists', () => {
  const component = fc.constantFrom('..', '.', '', 'a', 'b', 'tree', '\0', '.wb-0', 'tmp');
  const path = fc.array(component, { maxLength: 4 }).map((parts) => parts.join('/'));
  const entry = fc.oneof(
    path.map((place) => file(place)),
    path.map(folder),
    fc.tuple(path, fc.constantFrom('..', '/tmp', '../..', 'a', '.')).map(([place, target]) => link(place, target)),
  );
  const byBytes = (a: ForgedEntry, b: ForgedEntry) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));

  test('nothing but its root comes to exist', async () => {
    let restored = 0;
    const list = fc.array(entry, { maxLength: 6 }).map((all) => all.sort(byBytes));
    await fc.assert(
      fc.asyncProperty(list, fc.boolean(), async (entries, withRoot) => {
        const manifest = await forgeSnapshot(store, {
          roots: ['tree'],
          entries: withRoot ? [ROOT, ...entries] : entries,
        });
        const to = site.workspace();
        const before = await site.fingerprint();
        const done = await site.restore(to, manifest).then(
          () => true,
          (error: unknown) => {
            expect(error).toEqual(UNSAFE);
            return false;
          },
        );
        if (done) {
          restored++;
          rmSync(join(to, 'tree'), { recursive: true, force: true });
        }
        expect(await site.fingerprint()).toEqual(before);
        rmSync(to, { recursive: true });
      }),
      { numRuns: 300 },
    );
    expect(restored).toBeGreaterThan(5);
  });
});

describe('a symlink that stands in the target already', () => {
  const outside = () => {
    const dir = join(site.dir, 'outside');
    plantTree(dir, [
      { path: 'c', kind: 'folder' },
      { path: 'c/d', kind: 'file', content: 'not ours' },
      { path: 'b', kind: 'file', content: 'not ours' },
    ]);
    return dir;
  };

  test('is replaced where a folder of the snapshot belongs, and what it led to stays as it is', async () => {
    const elsewhere = outside();
    const to = site.workspace();
    mkdirSync(join(to, 'tree'));
    symlinkSync(elsewhere, join(to, 'tree/a'));
    const before = await treeFingerprint(elsewhere);
    const entries = [ROOT, folder('a'), file('a/b'), folder('a/c'), file('a/c/d')];
    await site.restore(to, await forgeSnapshot(store, { roots: ['tree'], entries }));
    expect(await treeFingerprint(elsewhere)).toEqual(before);
    expect(lstatSync(join(to, 'tree/a')).isDirectory()).toBe(true);
    expect(readFileSync(join(to, 'tree/a/b'), 'utf8')).toBe('planted');
  });

  test('is replaced where a file belongs', async () => {
    const elsewhere = outside();
    const to = site.workspace();
    mkdirSync(join(to, 'tree'));
    symlinkSync(join(elsewhere, 'b'), join(to, 'tree/b'));
    await site.restore(to, await forgeSnapshot(store, { roots: ['tree'], entries: [ROOT, file('b')] }));
    expect(readFileSync(join(elsewhere, 'b'), 'utf8')).toBe('not ours');
    expect(lstatSync(join(to, 'tree/b')).isFile()).toBe(true);
  });

  test.each([
    ['a/b', [file('a/b')]],
    ['a/c/d', [file('a/c/d')]],
    ['a/c/x/y', [file('a/c/x/y')]],
  ])('on the way to %s, where no entry stands for it, is not followed', async (_, entries) => {
    const elsewhere = outside();
    const to = site.workspace();
    mkdirSync(join(to, 'tree'));
    symlinkSync(elsewhere, join(to, 'tree/a'));
    const manifest = await forgeSnapshot(store, { roots: ['tree'], entries });
    const before = await site.fingerprint();
    await expect(site.restore(to, manifest, { paths: ['tree/**/[bdy]'] })).rejects.toEqual(UNSAFE);
    expect(await site.fingerprint()).toEqual(before);
  });

  test('above an unlisted folder is replaced with the listed folder that holds it', async () => {
    const elsewhere = outside();
    const to = site.workspace();
    mkdirSync(join(to, 'tree'));
    symlinkSync(elsewhere, join(to, 'tree/a'));
    const before = await treeFingerprint(elsewhere);
    const manifest = await forgeSnapshot(store, { roots: ['tree'], entries: [ROOT, folder('a'), file('a/c/d')] });
    await site.restore(to, manifest);
    expect(await treeFingerprint(elsewhere)).toEqual(before);
    expect(readFileSync(join(to, 'tree/a/c/d'), 'utf8')).toBe('planted');
  });

  test('as the root itself is replaced and not written through', async () => {
    const elsewhere = outside();
    const to = site.workspace();
    symlinkSync(elsewhere, join(to, 'tree'));
    const before = await treeFingerprint(elsewhere);
    await site.restore(to, await forgeSnapshot(store, { roots: ['tree'], entries: [ROOT, file('b')] }));
    expect(await treeFingerprint(elsewhere)).toEqual(before);
    expect(lstatSync(join(to, 'tree')).isDirectory()).toBe(true);
  });
});

test('folders above the root may be symlinks: they are this machine’s own', async () => {
  const real = mkdtempSync(join(tmpdir(), 'real-'));
  try {
    const to = site.workspace();
    symlinkSync(real, join(to, 'way'));
    const manifest = await forgeSnapshot(store, { roots: ['way/tree'], entries: [ROOT, file('a')] });
    await site.restore(to, manifest, { paths: ['way/tree'] });
    expect(existsSync(join(real, 'tree/a'))).toBe(true);
  } finally {
    rmSync(real, { recursive: true });
  }
});

describe('names that one file system holds for one', () => {
  const table = (...paths: string[]) => {
    const entries = new EntryTable();
    for (const path of paths) entries.add(0, Buffer.from(path).toString('latin1'), EntryKind.file, 0o644, 0, 0);
    return entries;
  };

  test.each([
    ['A', 'a'],
    ['a/B', 'a/b'],
    ['É', 'é'],
    ['e\u0301', '\u00e9'],
  ])('%j and %j are refused', (one, other) => {
    expect(() => checkFolding(table(one, other))).toThrow(expect.objectContaining({ code: 'UNSAFE_ENTRY' }));
  });

  test('others are not', () => {
    expect(() => checkFolding(table('a', 'b', 'a/b', 'ä', 'ae'))).not.toThrow();
  });

  test.each(['a\\b', 'a:b', 'c:', 'con', 'CON.txt', 'a/aux', 'a.', 'a /b', 'com1', 'a|b'])(
    '%j is refused on Windows and nowhere else',
    (path) => {
      const paths = site.paths(site.workspace());
      const entries = table(path);
      expect(() => checkTree(entries, ['tree'], paths, 'linux')).not.toThrow();
      expect(() => checkTree(entries, ['tree'], paths, 'win32')).toThrow(
        expect.objectContaining({ code: 'UNSAFE_ENTRY' }),
      );
    },
  );
});

test('a folder that is no entry of the snapshot gets the mode of any new folder', async () => {
  const to = site.workspace();
  const umask = process.umask();
  const paths = ['tree/**/*.txt'];
  const manifest = await forgeSnapshot(store, { roots: ['tree'], entries: [file('a/b/c.txt')] });
  await site.restore(to, manifest, { paths });
  for (const path of ['tree', 'tree/a', 'tree/a/b'])
    expect(lstatSync(join(to, path)).mode & 0o777).toBe(0o777 & ~umask);
  writeFileSync(join(to, 'tree/a/other'), '');
  rmSync(join(to, 'tree/a/b'), { recursive: true });
  await site.restore(to, manifest, { paths });
  expect(lstatSync(join(to, 'tree/a/b')).mode & 0o777).toBe(0o777 & ~umask);
});
