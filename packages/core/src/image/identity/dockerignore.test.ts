import { describe, expect, test } from '@jest/globals';
import { parseDockerIgnore } from './dockerignore.ts';

function leftOut(text: string, paths: readonly string[]): readonly string[] {
  const ignore = parseDockerIgnore(text, '.dockerignore');
  return paths.filter((path) => ignore.leavesOut(path));
}

describe('.dockerignore', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'node_modules',
      ['node_modules/a/b.js', 'node_modules', 'x/node_modules/a'],
      ['node_modules/a/b.js', 'node_modules'],
    ],
    ['/dist/', ['dist/a', 'x/dist/a'], ['dist/a']],
    ['*', ['a', 'a/b'], ['a', 'a/b']],
    ['*\n!src', ['a', 'src/b', 'src'], ['a']],
    ['*\n!a/b\n', ['a', 'a/b', 'a/b/c', 'c'], ['a', 'c']],
    ['**/*.log', ['a.log', 'x/y/a.log', 'a.log.txt'], ['a.log', 'x/y/a.log']],
    ['**/tmp', ['tmp', 'a/tmp/b', 'atmp'], ['tmp', 'a/tmp/b']],
    ['a/**', ['a', 'a/b/c', 'ab'], ['a/b/c']],
    ['**', ['a', 'a/b'], ['a', 'a/b']],
    ['a?c', ['abc', 'a/c', 'ac'], ['abc']],
    ['[ab].txt', ['a.txt', 'c.txt'], ['a.txt']],
    ['a+b(c)', ['a+b(c)', 'aab'], ['a+b(c)']],
    ['\\*', ['*', 'a'], ['*']],
    ['# a\n\n  b  \r\n', ['a', '# a', 'b'], ['b']],
    ['\u{FEFF}a', ['a'], ['a']],
    ['a/../b', ['b', 'a'], ['b']],
    ['!', [], []],
  ])('%j of %j leaves out %j', (text, paths, expected) => {
    if (text === '!') expect(() => leftOut(text, paths)).toThrow('nothing follows the "!"');
    else expect(leftOut(text, paths)).toEqual(expected);
  });

  test.each(['[a', 'a\\', '[]', '[a-]', '[-a]', '[^]'])('%j is refused with its line', (pattern) => {
    expect(() => parseDockerIgnore(`a\n${pattern}\n`, 'app/.dockerignore')).toThrow(
      expect.objectContaining({
        code: 'DOCKERIGNORE_INVALID',
        message: expect.stringContaining('app/.dockerignore:2'),
      }),
    );
  });

  test('a folder of which nothing gets in is known as such', () => {
    const ignore = parseDockerIgnore('node_modules\ndist\n!dist/app.js\n', '.dockerignore');
    expect(ignore.leavesOutAllBelow('node_modules')).toBe(true);
    expect(ignore.leavesOutAllBelow('dist')).toBe(false);
    expect(ignore.leavesOutAllBelow('src')).toBe(false);
    expect(parseDockerIgnore('a\n!**/b', '').leavesOutAllBelow('a')).toBe(false);
  });
});
