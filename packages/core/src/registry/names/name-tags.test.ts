import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NameRecord } from '../../content/index.ts';
import { digestOf, isTag } from '../../oci/index.ts';
import {
  isTagOf,
  listedTag,
  mayStartWith,
  newestOfEach,
  parseListedTag,
  partitionOf,
  targetDigits,
} from './name-tags.ts';

function record(key: string, createdAt: number, of: Partial<NameRecord['name']> = {}): NameRecord {
  const name = { kind: 'cache', scope: 'octo-org/app\0refs/heads/main', version: 'a'.repeat(64), key, ...of };
  const target = { mediaType: 'text/plain', digest: digestOf(Buffer.from(key)), size: 1 };
  return { name, target, createdAt, fields: {} };
}

function parsed(of: NameRecord) {
  const listed = parseListedTag(listedTag(of));
  if (listed === undefined) throw new Error('the tag is not read back');
  return listed;
}

const KEY = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 512 }).filter((key) => key.isWellFormed());
const TIME = fc.integer({ min: 0, max: Date.UTC(3000, 0, 1) });

describe('listed tags', () => {
  test('are tags, whatever the key, and say what was written', () => {
    fc.assert(
      fc.property(KEY, TIME, (key, createdAt) => {
        const of = record(key, createdAt);
        expect(isTag(listedTag(of))).toBe(true);
        expect(parsed(of)).toMatchObject({
          createdAt,
          partition: partitionOf(of.name),
          target: targetDigits(of.target.digest),
        });
        expect(isTagOf(parsed(of), of.name)).toBe(true);
      }),
    );
  });

  test('keep every prefix of their key, and short keys no other', () => {
    fc.assert(
      fc.property(KEY, KEY, fc.nat(), (key, other, cut) => {
        const listed = parsed(record(key, 1));
        const prefix = [...key].slice(0, cut % ([...key].length + 1)).join('');
        expect(mayStartWith(listed, prefix)).toBe(true);
        if (Buffer.byteLength(key) <= 23) expect(mayStartWith(listed, other)).toBe(key.startsWith(other));
      }),
    );
  });

  test('of one key sort newest first as text', () => {
    fc.assert(
      fc.property(KEY, TIME, TIME, (key, a, b) => {
        fc.pre(a < b);
        expect(listedTag(record(key, b)) < listedTag(record(key, a))).toBe(true);
      }),
    );
  });

  test('of another scope, version or kind are of another partition', () => {
    const of = record('k', 1);
    for (const other of [{ scope: 'x' }, { version: 'b'.repeat(64) }, { kind: 'build' }]) {
      expect(partitionOf(record('k', 1, other).name)).not.toBe(partitionOf(of.name));
      expect(isTagOf(parsed(of), record('k', 1, other).name)).toBe(false);
    }
  });

  test('of several writes of a key the newest stays, newest key first', () => {
    const all = [record('a', 1), record('b', 5), record('a', 3), record('c', 2)].map(parsed);
    expect(newestOfEach(all).map(({ escapedKey, createdAt }) => [escapedKey, createdAt])).toEqual([
      ['b', 5],
      ['a', 3],
      ['c', 2],
    ]);
  });

  test.each([
    'latest',
    'x.00000000000000000000000000000000',
    'l.short',
    `l.${'w'.repeat(8)}.k.000000000.00000000.000000000000`,
  ])('%s is none', (tag) => {
    expect(parseListedTag(tag)).toBeUndefined();
  });
});
