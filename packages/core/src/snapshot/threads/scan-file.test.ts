import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scanForNeedles, scanGroup } from './scan-file.ts';

const TEXT = 'ghs_0123456789abcdef';
const TOKEN = Buffer.from(TEXT);
const scan = (...needles: Buffer[]) => ({ names: ['a'], needles });

/** Files one behind the other. */
function groupOf(files: readonly Buffer[]) {
  const start = new Uint32Array(files.length);
  const end = new Uint32Array(files.length);
  let used = 0;
  for (const [row, file] of files.entries()) {
    start[row] = used;
    used += file.length;
    end[row] = used;
  }
  return { bytes: Buffer.concat(files), start, end };
}

test('a token in one file of a group is found, and which file it is', () => {
  const files = ['x', TEXT, `before ${TEXT} after`].map((text) => Buffer.from(text));
  expect(scanGroup(scan(TOKEN), groupOf(files))).toEqual([{ file: 1, kind: 'a token of this step', refuse: true }]);
});

test('what stands across two files is no token, and hides none behind it', () => {
  const [head, tail] = [TOKEN.subarray(0, 9), TOKEN.subarray(9)];
  expect(scanGroup(scan(TOKEN), groupOf([head, tail]))).toEqual([]);
  expect(scanGroup(scan(TOKEN), groupOf([head, tail, TOKEN]))).toMatchObject([{ file: 2 }]);
});

test('a group is judged as its files are, one by one', () => {
  // Few letters, so that tokens stand in files, and across them.
  const bytes = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }).map((text) => Buffer.from(text));
  const needles = fc.array(
    bytes.filter(({ length }) => length > 2),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 8 }), needles, (files, wanted) => {
      const found = files.flatMap((file, row) => scanForNeedles(scan(...wanted), row, file));
      expect(scanGroup(scan(...wanted), groupOf(files))).toEqual(found.slice(0, 1));
    }),
  );
});
