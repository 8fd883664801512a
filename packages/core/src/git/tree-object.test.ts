import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runGit } from '@waybill/testing/git';
import fc from 'fast-check';
import { encodeTree, FILE_MODE, FOLDER_MODE, parseTree, type TreeEntry, withEntry } from './tree-object.ts';

const entry = fc.record({
  mode: fc.constantFrom(FILE_MODE, FOLDER_MODE),
  name: fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '_', '0'), minLength: 1, maxLength: 5 }),
  id: fc.stringMatching(/^[0-9a-f]{40}$/),
});
const entries = fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 20 });

describe('a tree', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tree-object-'));
    runGit(folder, ['init', '-q', '--bare']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is read as it was written', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const read = parseTree(encodeTree(list), 20);
        expect(read).toHaveLength(list.length);
        expect(read).toEqual(expect.arrayContaining(list));
      }),
    );
  });

  test("has git's own order and bytes", () => {
    const names = ['a', 'a-b', 'a.b', 'a0', 'ab', 'b'];
    const id = runGit(folder, ['hash-object', '-w', '--stdin'], 'x');
    const empty = runGit(folder, ['hash-object', '-w', '-t', 'tree', '--stdin']);
    for (const folders of [[], ['a'], ['ab'], ['a', 'b']]) {
      const list: TreeEntry[] = names.map((name) =>
        folders.includes(name) ? { mode: FOLDER_MODE, name, id: empty } : { mode: FILE_MODE, name, id },
      );
      const lines = list.map(
        ({ mode, name, id: each }) => `${mode} ${mode === FILE_MODE ? 'blob' : 'tree'} ${each}\t${name}\n`,
      );
      const expected = runGit(folder, ['mktree'], lines.join(''));
      expect(runGit(folder, ['hash-object', '-t', 'tree', '--stdin'], encodeTree(list))).toBe(expected);
    }
  });

  test('has an entry set in it once', () => {
    const a = { mode: FILE_MODE, name: 'a', id: '1'.repeat(40) };
    const b = { mode: FOLDER_MODE, name: 'b', id: '2'.repeat(40) };
    const other = { mode: FOLDER_MODE, name: 'a', id: '3'.repeat(40) };
    expect(withEntry([a, b], other)).toEqual([b, other]);
  });

  test.each([['x'], ['100644 a\0'], ['100644 a\0short'], ['100644']])('that is cut is refused: %j', (text) => {
    expect(() => parseTree(Buffer.from(text), 20)).toThrow(expect.objectContaining({ code: 'TREE_INVALID' }));
  });
});
