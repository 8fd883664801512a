import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyHash } from './layout-paths.ts';
import { escapeKey, markerFile, mayStartWith, newestFirst, parseMarker } from './name-marker.ts';

const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((text) => text.isWellFormed());
const time = fc.nat(32 ** 9 - 1);

describe('a marker', () => {
  test('says its time and the hash of its key, in a file name that every file system takes', () => {
    fc.assert(
      fc.property(key, time, (text, createdAt) => {
        const file = markerFile(text, createdAt);
        expect(parseMarker(file)).toEqual({ file, createdAt, hash: keyHash(text) });
        expect(file).toMatch(/^_[A-Za-z0-9_-]{1,96}\.[0-9a-v]{9}\.[0-9a-f]{32}$/);
      }),
    );
  });

  test('is kept by every prefix of its key', () => {
    fc.assert(
      fc.property(key, fc.nat(200), (text, length) => {
        const file = markerFile(text, 0);
        const prefix = [...text].slice(0, length).join('');
        expect(mayStartWith([file], prefix)).toEqual([file]);
      }),
    );
  });

  test('of a short key is dropped by what is no prefix', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab_]{1,30}$/), fc.stringMatching(/^[ab_]{1,30}$/), (text, prefix) => {
        expect(mayStartWith([markerFile(text, 0)], prefix)).toHaveLength(text.startsWith(prefix) ? 1 : 0);
      }),
    );
  });

  test('sorts with others by time alone', () => {
    const files = [markerFile('b', 20), markerFile('a', 10), 'stray', '_x.!!!!!!!!!.short', markerFile('c', 30)];
    expect(newestFirst(files).map((marker) => marker.createdAt)).toEqual([30, 20, 10]);
  });
});

test('an escape keeps letters, digits and hyphens, and tells all others apart', () => {
  expect(escapeKey('Ab-9_/é.')).toBe('Ab-9_5f_2f_c3_a9_2e');
  fc.assert(fc.property(key, key, (a, b) => expect(escapeKey(a) === escapeKey(b)).toBe(a === b)));
});
