import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DigestTable } from './digest-table.ts';
import { sha256 } from './sha256.ts';

test('holds tens of thousands of digests, each with the value that came first', () => {
  const table = new DigestTable();
  const many = Array.from({ length: 30_000 }, (_, n) => sha256(Buffer.from(String(n))));
  for (const [n, digest] of many.entries()) expect(table.add(digest, 0, n)).toBe(n);
  for (const [n, digest] of many.entries()) {
    expect(table.find(digest, 0)).toBe(n);
    if (n % 100 === 0) expect(table.add(digest, 0, 7)).toBe(n);
  }
  expect(table.size).toBe(30_000);
  expect(table.find(sha256(Buffer.from('never')), 0)).toBe(-1);
});

test('does what a map does, also for digests that begin alike, at any offset', () => {
  const keys = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 300 })), { maxLength: 200 });
  fc.assert(
    fc.property(keys, fc.nat({ max: 5 }), (list, offset) => {
      const table = new DigestTable();
      const map = new Map<string, number>();
      for (const [value, [start, end]] of list.entries()) {
        const bytes = Buffer.alloc(offset + 40);
        bytes.writeUInt32LE(start, offset);
        bytes.writeUInt32LE(end, offset + 28);
        const key = `${start}/${end}`;
        expect(table.find(bytes, offset)).toBe(map.get(key) ?? -1);
        const first = map.get(key) ?? value;
        map.set(key, first);
        expect(table.add(bytes, offset, value)).toBe(first);
      }
      expect(table.size).toBe(map.size);
    }),
  );
});
