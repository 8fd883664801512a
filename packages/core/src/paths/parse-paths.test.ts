import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WaybillError } from '../errors/index.ts';
import { fromFsName, type PathContext, parsePaths } from './index.ts';

const LINUX: PathContext = { workspace: '/home/u/work/app/app', home: '/home/u', platform: 'linux' };
const WINDOWS: PathContext = { workspace: 'D:\\a\\app\\app', home: 'C:\\Users\\u', platform: 'win32' };

const names = (lines: readonly string[], context = LINUX): readonly string[] =>
  parsePaths(lines, context).roots.map(({ name }) => name);
const dirs = (lines: readonly string[], context = LINUX): readonly string[] =>
  parsePaths(lines, context).roots.map(({ dir }) => dir);

/** Whether each path, text below the only root, is taken. */
function taken(lines: readonly string[], paths: readonly string[], context = LINUX): Record<string, boolean> {
  const set = parsePaths(lines, context);
  expect(set.roots).toHaveLength(1);
  return Object.fromEntries(paths.map((path) => [path, set.includes(0, fromFsName(path))]));
}

function failure(lines: readonly string[], context = LINUX): WaybillError {
  try {
    parsePaths(lines, context);
  } catch (error) {
    if (error instanceof WaybillError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('roots', () => {
  test('are named from the workspace, else the home, else the top', () => {
    expect(
      names(['node_modules', '~/.cargo/registry', '/opt/tools', '../sibling', '.', '/home/u/work/app/app/x']),
    ).toEqual(['.', '/opt/tools', '~/.cargo/registry', '~/work/app/sibling']);
  });

  test('are absolute on this machine', () => {
    expect(dirs(['a/./b//c/', '~', '/opt/x/../y'], { ...LINUX, home: '/root/' })).toEqual([
      '/opt/y',
      '/home/u/work/app/app/a/b/c',
      '/root',
    ]);
  });

  test('inside other roots are merged into them, and their patterns stay', () => {
    const set = parsePaths(['a/b', 'a', 'ab'], LINUX);
    expect(set.roots.map(({ name }) => name)).toEqual(['a', 'ab']);
    expect(set.patterns).toEqual(['a', 'a/b', 'ab']);
  });

  test('of globs are the longest literal prefix', () => {
    expect(names(['packages/*/dist', '~/.gradle/caches/**/*.jar'])).toEqual(['packages', '~/.gradle/caches']);
    expect(names(['**/node_modules'])).toEqual(['.']);
    expect(names(['/*'])).toEqual(['/']);
  });

  test('keep names that would read as something else apart from it', () => {
    expect(names(['./~/x', '~/x', './#a', './!b'])).toEqual(['./!b', './#a', './~/x', '~/x']);
    expect(dirs(['./~/x'])).toEqual(['/home/u/work/app/app/~/x']);
  });

  test('that git or the runner own start no wildcard, and are taken where they are named', () => {
    for (const line of ['.git/*', 'a/.git/objects/**', '~/work/_temp/*', '~/work/_actions/**', '/x/_temp/*']) {
      expect(failure([line]).message).toContain('a wildcard cannot start inside');
    }
    expect(names(['.git'])).toEqual(['.git']);
    expect(names(['.git/lfs', '.git/lfs/*'])).toEqual(['.git/lfs']);
    expect(names(['~/work/_temp/cache'])).toEqual(['~/work/_temp/cache']);
    expect(names(['x/*'], { ...LINUX, workspace: '/home/u/work/_temp/app' })).toEqual(['x']);
  });

  test('leave out the folders of the runner, unless a place in them is named', () => {
    const paths = ['work/_temp/secret', 'work/_actions/x', 'work/other/_temp/x'];
    expect(taken(['~/**'], paths)).toEqual({
      'work/_temp/secret': false,
      'work/_actions/x': false,
      'work/other/_temp/x': true,
    });
    expect(parsePaths(['~/**'], LINUX).mayInclude(0, 'work/_temp')).toBe(false);
    expect(taken(['~/**', '~/work/_temp/mine'], ['work/_temp/mine', 'work/_actions/x'])).toEqual({
      'work/_temp/mine': true,
      'work/_actions/x': false,
    });
  });
});

describe('lines', () => {
  test('are trimmed; empty ones and comments say nothing', () => {
    expect(parsePaths(['  a  ', '', '   ', '# b', '! a/c', '!!d'], LINUX).patterns).toEqual(['!a/c', 'a', 'd']);
  });

  test('with one meaning have one spelling, sorted by bytes', () => {
    const set = parsePaths(
      ['b/', './b', '/home/u/work/app/app/b', 'x/**/**/y', '~/z/../q', 'a\\*', 'a[*]', '\u{10000}', '\uffee'],
      LINUX,
    );
    expect(set.patterns).toEqual(['a[*]', 'b', 'x/**/y', '~/q', '\uffee', '\u{10000}']);
  });

  test('keep their spelling when they are read again', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ab.*?[]!^-\\~# é'), minLength: 1, maxLength: 5 });
    const line = fc.tuple(
      fc.constantFrom('', './', '~/', '/', '!'),
      fc.array(fc.oneof(part, fc.constant('**')), { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(line, ([start, parts]) => {
        const read = (lines: readonly string[]): readonly string[] | undefined => {
          try {
            return parsePaths(['/w/keep', ...lines], { ...LINUX, workspace: '/w' }).patterns;
          } catch {
            return undefined;
          }
        };
        const first = read([start + parts.join('/')]);
        fc.pre(first !== undefined);
        expect(read(first)).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });

  test('that are wrong are all listed in one error', () => {
    const error = failure(['ok', 'a\0b', '*/../x', '!', '/', '[z-a]']);
    expect(error).toMatchObject({ code: 'PATH_INVALID', kind: 'user' });
    for (const part of ['"a\\u0000b"', '"*/../x"', '"!"', '"/"', '"[z-a]"']) expect(error.message).toContain(part);
    expect(error.message).not.toContain('ok');
  });

  test('must take something', () => {
    expect(failure([]).message).toBe('path: no path is given');
    expect(failure(['!a', '!b']).message).toContain('every pattern is an exclude');
  });
});

describe('what is taken', () => {
  test('everything below a literal, the literal itself too', () => {
    expect(taken(['node_modules'], ['', 'a', 'a/b/.c'])).toEqual({ '': true, a: true, 'a/b/.c': true });
  });

  test('not what an exclude names, though its folder is taken', () => {
    expect(taken(['node_modules', '!node_modules/.cache'], ['x', '.cache', '.cache/x/y', '.cached'])).toEqual({
      x: true,
      '.cache': false,
      '.cache/x/y': false,
      '.cached': true,
    });
  });

  test('again what a later line names inside an exclude', () => {
    const lines = ['n', '!n/c', 'n/c/keep'];
    expect(taken(lines, ['c', 'c/x', 'c/keep', 'c/keep/y'])).toEqual({
      c: false,
      'c/x': false,
      'c/keep': true,
      'c/keep/y': true,
    });
    expect(taken(['!n/c', 'n'], ['c'])).toEqual({ c: true });
  });

  test('what globs match at any depth, with everything below and nothing above', () => {
    expect(
      taken(
        ['**/node_modules', '!**/node_modules/.cache'],
        [
          '',
          'node_modules',
          'node_modules/a',
          'p',
          'p/q/node_modules/a/b',
          'p/node_modules/.cache/z',
          'node_modules.bak',
        ],
      ),
    ).toEqual({
      '': false,
      node_modules: true,
      'node_modules/a': true,
      p: false,
      'p/q/node_modules/a/b': true,
      'p/node_modules/.cache/z': false,
      'node_modules.bak': false,
    });
  });

  test('nothing of a root below an excluded folder', () => {
    expect(taken(['a/b', '!a'], ['', 'x'])).toEqual({ '': false, x: false });
  });

  test('dot files by wildcards, names with newlines, quotes, parentheses and braces as they are', () => {
    expect(taken(['x/*.y'], ['.y', '.a.y', 'a\nb.y', 'a/b.y'])).toEqual({
      '.y': true,
      '.a.y': true,
      'a\nb.y': true,
      'a/b.y': false,
    });
    expect(
      taken(['x/"q"*', 'x/(a|b)?', 'x/{a,b}*', 'x/+(a)*'], ['"q"', 'q', '(a|b)1', 'a1', '{a,b}', 'a', '+(a)', 'aa']),
    ).toEqual({
      '"q"': true,
      q: false,
      '(a|b)1': true,
      a1: false,
      '{a,b}': true,
      a: false,
      '+(a)': true,
      aa: false,
    });
  });

  test('what sets name, and what they leave out', () => {
    expect(taken(['x/[!a-c]', 'x/[]z]1', 'x/\\**'], ['a', 'd', '-', ']1', 'z1', 'y1', '*q', 'q'])).toEqual({
      a: false,
      d: true,
      '-': true,
      ']1': true,
      z1: true,
      y1: false,
      '*q': true,
      q: true,
    });
  });

  test('one character for a question mark, also beyond ASCII, and one byte where a name is not UTF-8', () => {
    expect(taken(['x/caf?'], ['café', 'caf\u{1f600}', 'cafe\u0301'])).toEqual({
      café: true,
      'caf\u{1f600}': true,
      'cafe\u0301': false,
    });
    const set = parsePaths(['x/caf?', 'x/é*'], LINUX);
    expect(set.includes(0, 'caf\xe9')).toBe(true);
    expect(set.includes(0, '\xe9\xff')).toBe(false);
    expect(set.includes(0, '\xc3\xa9\xff')).toBe(true);
  });

  test('is what the glob of Node itself says of an entry or a folder above it, last pattern first', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '*', '**', '?', 'a*', '*b', '[ab]', '[!a]', '?b');
    const pattern = fc.tuple(fc.boolean(), fc.array(segment, { minLength: 1, maxLength: 4 }));
    const universe = pathsOf(['a', 'b', 'ab'], 4);
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 4 }), (patterns) => {
        fc.pre(patterns.some(([exclude]) => !exclude));
        const set = parsePaths(
          patterns.map(([exclude, parts]) => (exclude ? '!' : '') + parts.join('/')),
          { ...LINUX, workspace: '/w' },
        );
        const expected = new Set(
          universe.filter((path) => {
            const decisive = patterns.findLast(([, parts]) =>
              prefixes(path).some((prefix) => matchesAsNode(prefix, parts.join('/'))),
            );
            return decisive !== undefined && !decisive[0];
          }),
        );
        for (const [root, { name }] of set.roots.entries()) {
          const below = name === '.' ? '' : `${name}/`;
          const inside = universe.filter((path) => path.startsWith(below)).map((path) => path.slice(below.length));
          for (const path of inside)
            expect([path, set.includes(root, path)]).toEqual([path, expected.has(below + path)]);
          for (const folder of ['', ...inside]) {
            const start = folder === '' ? '' : `${folder}/`;
            if (inside.some((path) => path.startsWith(start) && expected.has(below + path)))
              expect([folder, set.mayInclude(root, folder)]).toEqual([folder, true]);
          }
        }
        for (const path of expected)
          expect(set.roots.some(({ name }) => name === '.' || path === name || path.startsWith(`${name}/`))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('folders that a walk may skip', () => {
  test('are those that no pattern can reach', () => {
    const set = parsePaths(['packages/*/dist', '!packages/old'], LINUX);
    expect(set.mayInclude(0, '')).toBe(true);
    expect(set.mayInclude(0, 'a')).toBe(true);
    expect(set.mayInclude(0, 'a/dist')).toBe(true);
    expect(set.mayInclude(0, 'a/src')).toBe(false);
    expect(set.mayInclude(0, 'old')).toBe(false);
  });

  test('are those on no way to a literal in a wider root', () => {
    const set = parsePaths(['a/b/c', '*.txt'], LINUX);
    expect([
      set.mayInclude(0, 'a'),
      set.mayInclude(0, 'a/b'),
      set.mayInclude(0, 'a/x'),
      set.mayInclude(0, 'b'),
    ]).toEqual([true, true, false, false]);
  });

  test('are none above a literal that follows an exclude of everything', () => {
    const set = parsePaths(['*.txt', '!**', 'a/b'], LINUX);
    expect([set.mayInclude(0, ''), set.mayInclude(0, 'a'), set.mayInclude(0, 'c')]).toEqual([true, true, false]);
  });

  test('are excluded ones, unless a later line takes something below', () => {
    expect(parsePaths(['n', '!n/c'], LINUX).mayInclude(0, 'c/d')).toBe(false);
    const again = parsePaths(['n', '!n/c', 'n/c/keep'], LINUX);
    expect([again.mayInclude(0, 'c'), again.mayInclude(0, 'c/x'), again.mayInclude(0, 'c/keep')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('on Windows', () => {
  test('backslashes separate, drives and home are known', () => {
    const set = parsePaths(['node_modules\\.bin', '~\\.cargo', 'd:\\A\\app\\APP\\dist', 'E:\\tools', '\\top'], WINDOWS);
    expect(set.roots).toEqual([
      { name: 'D:/top', dir: 'D:\\top' },
      { name: 'E:/tools', dir: 'E:\\tools' },
      { name: 'dist', dir: 'D:\\A\\app\\APP\\dist' },
      { name: 'node_modules/.bin', dir: 'D:\\a\\app\\app\\node_modules\\.bin' },
      { name: '~/.cargo', dir: 'C:\\Users\\u\\.cargo' },
    ]);
  });

  test('names are compared without case, everywhere else with it', () => {
    expect(taken(['out', '!Out\\Cache', 'OUT\\*.LOG'], ['cache/x', 'b', 'A.log'], WINDOWS)).toEqual({
      'cache/x': false,
      b: true,
      'A.log': true,
    });
    expect(taken(['out', '!out/Cache'], ['cache/x'])).toEqual({ 'cache/x': true });
  });

  test('a star is escaped by a set alone', () => {
    expect(parsePaths(['a\\[*]b'], WINDOWS).roots[0]?.dir).toBe('D:\\a\\app\\app\\a\\*b');
  });

  test('shares, the current folder of a drive, whole drives and colons are refused', () => {
    const { message } = failure(['\\\\server\\share\\x', 'C:x', 'C:\\', 'a:b:c', 'x/b:c'], WINDOWS);
    expect(message).toContain('network shares');
    expect(message).toContain('"C:" must be followed by a separator');
    expect(message).toContain('"C:/": the whole file system');
    expect(message).toContain('"x/b:c": a name on Windows cannot hold ":"');
    expect(failure(['a'], { ...WINDOWS, workspace: '\\\\srv\\x' }).message).toContain('is a network share');
  });
});

function pathsOf(parts: readonly string[], depth: number): readonly string[] {
  const out: string[] = [];
  let level = [''];
  for (let at = 0; at < depth; at++) {
    level = level.flatMap((above) => parts.map((name) => (above === '' ? name : `${above}/${name}`)));
    out.push(...level);
  }
  return out;
}

function prefixes(path: string): readonly string[] {
  const names = path.split('/');
  return ['', ...names.map((_, index) => names.slice(0, index + 1).join('/'))];
}

const answers = new Map<string, boolean>();

/** With the trailing slash that lets `a/**` match `a`, as @actions/glob adds it. */
function matchesAsNode(path: string, pattern: string): boolean {
  const question = `${path}:${pattern}`;
  const known = answers.get(question);
  if (known !== undefined) return known;
  const place = path === '' ? '/w' : `/w/${path}`;
  const answer =
    posix.matchesGlob(place, `/w/${pattern}`) ||
    (pattern.endsWith('**') && posix.matchesGlob(`${place}/`, `/w/${pattern}`));
  answers.set(question, answer);
  return answer;
}
