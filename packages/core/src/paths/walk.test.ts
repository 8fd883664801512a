import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorCode } from '../errors/index.ts';
import {
  fromFsName,
  parsePaths,
  resolveRootParent,
  toFsPath,
  type WalkEntry,
  type WalkOptions,
  walkTree,
} from './index.ts';

const onWindows = process.platform === 'win32';
const onLinux = process.platform === 'linux';
let dir = '';

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'walk-')));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Walked {
  readonly entries: readonly WalkEntry[];
  readonly paths: readonly string[];
  readonly errors: ReadonlyArray<readonly [string, string | undefined]>;
}

function walk(
  lines: readonly string[],
  options: Partial<WalkOptions> = {},
  during: (path: string) => void = () => {},
): Walked {
  const set = parsePaths(lines, { workspace: dir, home: '/nowhere/home', platform: process.platform });
  const entries: WalkEntry[] = [];
  const errors: Array<readonly [string, string | undefined]> = [];
  walkTree(
    set,
    0,
    (entry) => {
      entries.push({ ...entry });
      during(entry.path);
    },
    { onError: (path, error) => errors.push([path, errorCode(error)]), ...options },
  );
  return { entries, paths: entries.map(({ path }) => path), errors };
}

function write(path: string, text = ''): void {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), text);
}

describe('a walk', () => {
  test('tells kind, size, mode and identity of each entry', () => {
    write('r/f', 'hello');
    mkdirSync(join(dir, 'r/d'));
    chmodSync(join(dir, 'r/f'), 0o640);
    const { entries, errors } = walk(['r']);
    expect(errors).toEqual([]);
    expect(entries.map(({ path, kind }) => [path, kind])).toEqual([
      ['', 'folder'],
      ['d', 'folder'],
      ['f', 'file'],
    ]);
    const stats = lstatSync(join(dir, 'r/f'));
    expect(entries[2]).toMatchObject({ size: 5, ino: stats.ino, dev: stats.dev, nlink: 1 });
    if (!onWindows) expect(entries[2]?.mode).toBe(0o640);
  });

  test('goes in byte order of whole paths and misses nothing', () => {
    const alphabet = onLinux ? ['a', 'b', '-', '.', '0', ' ', '\n', '\\', 'é', '\xff'] : ['a', 'b', '-', '0', 'é'];
    const name = fc
      .string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 3 })
      .filter((text) => text !== '.' && text !== '..')
      // The letter ÿ stands for the lone byte 0xff, which is no UTF-8.
      .map((text) => [...text].map((char) => (char === '\xff' ? char : fromFsName(char))).join(''));
    const folders = fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(folders, (made) => {
        rmSync(join(dir, 'r'), { recursive: true, force: true });
        const expected = new Set(['']);
        for (const names of made) {
          mkdirSync(toFsPath(join(dir, 'r'), names.join('/')), { recursive: true });
          for (const index of names.keys()) expected.add(names.slice(0, index + 1).join('/'));
        }
        const { paths, errors } = walk(['r']);
        expect(errors).toEqual([]);
        expect(paths).toEqual([...expected].sort());
      }),
      { numRuns: 60 },
    );
  });

  test('rounds times down to whole µs, exactly', () => {
    write('r', 'x');
    const seconds = fc.double({ min: 1, max: 4e9, noNaN: true });
    fc.assert(
      fc.property(seconds, (mtime) => {
        utimesSync(join(dir, 'r'), mtime, mtime);
        const { mtimeNs, ctimeNs } = lstatSync(join(dir, 'r'), { bigint: true });
        const [entry] = walk(['r']).entries;
        expect([entry?.mtimeUs, entry?.ctimeUs]).toEqual([Number(mtimeNs / 1000n), Number(ctimeNs / 1000n)]);
      }),
      { numRuns: 200 },
    );
  });

  test('finds again the µs that a restore sets', () => {
    write('r');
    for (const us of [1_789_000_000_000_000, 1_789_000_000_999_999, 1]) {
      utimesSync(join(dir, 'r'), (us + 0.5) / 1e6, (us + 0.5) / 1e6);
      expect(walk(['r']).entries[0]?.mtimeUs).toBe(us);
    }
  });

  if (onLinux) {
    test('rounds times before 1970 down too', () => {
      write('r');
      // As text: Node takes a negative number for the present.
      utimesSync(join(dir, 'r'), '-1.5000005', '-1.5000005');
      expect(walk(['r']).entries[0]?.mtimeUs).toBe(-1_500_001);
    });
  }

  test('follows no symlink, and tells one as what it is', () => {
    write('out/secret');
    mkdirSync(join(dir, 'r'));
    symlinkSync(join(dir, 'out'), join(dir, 'r/link'), 'junction');
    symlinkSync(join(dir, 'out'), join(dir, 'root'), 'junction');
    expect(walk(['r']).entries.map(({ path, kind }) => [path, kind])).toEqual([
      ['', 'folder'],
      ['link', 'symlink'],
    ]);
    expect(walk(['root']).entries.map(({ path, kind }) => [path, kind])).toEqual([['', 'symlink']]);
    expect(walk(['root/*'])).toMatchObject({ paths: [], errors: [['', 'ROOT_IS_SYMLINK']] });
  });

  test('takes a file as a root, and a missing one as nothing', () => {
    write('file');
    expect(walk(['file']).paths).toEqual(['']);
    for (const line of ['missing', 'missing/deeper', 'file/below'])
      expect(walk([line])).toEqual({ entries: [], paths: [], errors: [] });
  });

  test('takes what the patterns take, without the folders on the way', () => {
    for (const path of ['p/a/node_modules/x', 'p/a/node_modules/.cache/y', 'p/a/src/z', 'node_modules/q']) write(path);
    expect(walk(['**/node_modules', '!**/node_modules/.cache']).paths).toEqual([
      'node_modules',
      'node_modules/q',
      'p/a/node_modules',
      'p/a/node_modules/x',
    ]);
  });

  test('finds what a later line takes again in an excluded folder', () => {
    for (const path of ['n/c/keep/x', 'n/c/drop', 'n/a']) write(path);
    expect(walk(['n', '!n/c', 'n/c/keep']).paths).toEqual(['', 'a', 'c/keep', 'c/keep/x']);
  });

  test('passes over staging folders at any depth', () => {
    for (const path of ['r/.wb-1/x', 'r/a/.wb-2/y', 'r/a/.wbx']) write(path);
    expect(walk(['r']).paths).toEqual(['', 'a', 'a/.wbx']);
  });

  test('tells what vanishes under it, and goes on', () => {
    for (const path of ['r/a', 'r/b', 'r/c/x', 'r/d']) write(path);
    const { paths, errors } = walk(['r'], {}, (path) => {
      if (path === 'a') rmSync(join(dir, 'r/b'));
      if (path === 'c') rmSync(join(dir, 'r/c'), { recursive: true });
    });
    expect(paths).toEqual(['', 'a', 'c', 'd']);
    expect(errors).toEqual([
      ['b', 'ENOENT'],
      ['c', 'ENOENT'],
    ]);
  });

  if (!onWindows && process.getuid?.() !== 0) {
    test('tells a folder that may not be read, and goes on', () => {
      for (const path of ['r/a/x', 'r/b']) write(path);
      chmodSync(join(dir, 'r/a'), 0);
      const { paths, errors } = walk(['r']);
      chmodSync(join(dir, 'r/a'), 0o700);
      expect(paths).toEqual(['', 'a', 'b']);
      expect(errors).toEqual([['a', 'EACCES']]);
    });
  }

  test('can be shared: one leaves folders out, others walk them', () => {
    for (const path of ['r/a/x/1', 'r/a/y', 'r/b/2', 'r/a.b']) write(path);
    const left: string[] = [];
    const top = walk(['r'], {
      enter: (folder) => {
        left.push(folder);
        return false;
      },
    });
    expect(left).toEqual(['a', 'b']);
    const parts = left.flatMap((under) => walk(['r'], { under }).paths);
    expect([...top.paths, ...parts].sort()).toEqual(walk(['r']).paths);
    expect(walk(['r'], { under: 'gone' }).errors).toEqual([['gone', 'ENOENT']]);
  });

  test('looks where a root was resolved to', () => {
    write('real/x');
    expect(walk(['elsewhere'], { dir: join(dir, 'real') }).paths).toEqual(['', 'x']);
  });

  if (onLinux) {
    test('reaches names of 255 bytes and absolute paths of 3,900', () => {
      const parts: string[] = [];
      const length = (): number => Buffer.byteLength(join(dir, 'r', ...parts));
      while (length() + 256 <= 3900) parts.push(`${'é'.repeat(127)}n`);
      parts.push('f'.repeat(3900 - length() - 1));
      expect(length()).toBe(3900);
      mkdirSync(join(dir, 'r', ...parts), { recursive: true });
      const { paths, errors } = walk(['r']);
      expect(errors).toEqual([]);
      expect(paths.at(-1)).toBe(fromFsName(parts.join('/')));
      expect(paths).toHaveLength(parts.length + 1);
    });
  }

  test('tells sizes above 4 GiB', () => {
    write('r');
    truncateSync(join(dir, 'r'), 2 ** 32 + 7);
    expect(walk(['r']).entries[0]?.size).toBe(2 ** 32 + 7);
  });
});

describe('the parent of a root', () => {
  test('is resolved through symlinks, the root is not', () => {
    mkdirSync(join(dir, 'real/inner'), { recursive: true });
    symlinkSync(join(dir, 'real'), join(dir, 'link'), 'junction');
    symlinkSync(join(dir, 'real'), join(dir, 'real/inner/self'), 'junction');
    expect(resolveRootParent(join(dir, 'link/inner/self'))).toBe(join(dir, 'real/inner/self'));
  });

  test('may be missing, in part or whole', () => {
    mkdirSync(join(dir, 'real'));
    symlinkSync(join(dir, 'real'), join(dir, 'link'), 'junction');
    expect(resolveRootParent(join(dir, 'link/a/b/c'))).toBe(join(dir, 'real/a/b/c'));
    expect(resolveRootParent('/')).toBe(realpathSync('/'));
  });

  test('stays the same place when the link moves later', () => {
    mkdirSync(join(dir, 'one'));
    mkdirSync(join(dir, 'two'));
    symlinkSync(join(dir, 'one'), join(dir, 'link'), 'junction');
    const place = resolveRootParent(join(dir, 'link/x'));
    rmSync(join(dir, 'link'));
    symlinkSync(join(dir, 'two'), join(dir, 'link2'), 'junction');
    renameSync(join(dir, 'link2'), join(dir, 'link'));
    expect(place).toBe(join(dir, 'one/x'));
  });
});
