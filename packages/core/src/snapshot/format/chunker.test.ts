import { describe, expect, test } from '@jest/globals';
import { createRandom } from '@waybill/testing/trees';
import { cutChunk } from './chunker.ts';
import { CHUNK_MAX, CHUNK_MIN } from './format.ts';
import { sha256 } from './sha256.ts';

const noise = (size: number, seed: number) => {
  const bytes = Buffer.alloc(size);
  createRandom(seed).fill(bytes);
  return bytes;
};

/** All chunks of a file, by the lengths. */
function cut(bytes: Uint8Array): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += lengths.at(-1) ?? 0) lengths.push(cutChunk(bytes, at, bytes.length));
  return lengths;
}

const DATA = noise(24 * 2 ** 20, 7);

describe('chunks', () => {
  test('have 256 KiB to 2 MiB, about 1 MiB on average, and are the file', () => {
    const lengths = cut(DATA);
    for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThan(CHUNK_MIN);
    for (const length of lengths) expect(length).toBeLessThanOrEqual(CHUNK_MAX);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(DATA.length);
    expect(DATA.length / lengths.length).toBeGreaterThan(0.7 * 2 ** 20);
    expect(DATA.length / lengths.length).toBeLessThan(1.5 * 2 ** 20);
  });

  test('depend on nothing but the bytes that they hold', () => {
    const lengths = cut(DATA);
    const shifted = Buffer.concat([noise(12_345, 1), DATA]);
    let at = 0;
    for (const length of lengths.slice(0, 6)) {
      // The bytes behind the largest chunk do not count, nor do those before it.
      expect(cutChunk(DATA, at, Math.min(DATA.length, at + CHUNK_MAX))).toBe(length);
      expect(cutChunk(shifted, 12_345 + at, shifted.length)).toBe(length);
      at += length;
    }
  });

  test('are the same again a little behind an insertion', () => {
    const at = 5_000_000;
    const changed = Buffer.concat([DATA.subarray(0, at), Buffer.from('something new'), DATA.subarray(at)]);
    const ids = (bytes: Buffer) => {
      let start = 0;
      return cut(bytes).map((length) => sha256(bytes.subarray(start, (start += length))).toString('hex'));
    };
    const before = new Set(ids(DATA));
    const fresh = ids(changed).filter((id) => !before.has(id));
    expect(fresh.length).toBeLessThanOrEqual(3);
  });

  test('end where the description of the format says', () => {
    const gear = Array.from({ length: 256 }, (_, n) => sha256(Buffer.from(`waybill-gear-${n}`)).readUInt32LE(0));
    const plain = (bytes: Buffer) => {
      let hash = 0;
      for (let n = 256 * 1024; n < bytes.length && n < 2 ** 21; n++) {
        hash = (hash * 2 + (gear[bytes[n] ?? 0] ?? 0)) % 2 ** 32;
        if (hash < 2 ** (32 - (n < 2 ** 20 ? 22 : 18))) return n + 1;
      }
      return Math.min(bytes.length, 2 ** 21);
    };
    let at = 0;
    for (const length of cut(DATA)) {
      expect(plain(DATA.subarray(at))).toBe(length);
      at += length;
    }
  });

  test('end where this format has always ended them', () => {
    // Format 1.0: another cut would share nothing with what is stored.
    expect(cut(DATA.subarray(0, 8 * 2 ** 20))).toEqual([
      626_872, 855_495, 1_339_176, 817_257, 843_387, 1_276_756, 737_094, 632_150, 1_260_421,
    ]);
  });

  test.each([
    [0, []],
    [1, [1]],
    [CHUNK_MIN, [CHUNK_MIN]],
  ])('of %i bytes are at most one', (size, lengths) => {
    expect(cut(DATA.subarray(0, size))).toEqual(lengths);
  });

  test('of bytes that are all the same have the largest size', () => {
    expect(cut(Buffer.alloc(5 * 2 ** 20))).toEqual([CHUNK_MAX, CHUNK_MAX, 2 ** 20]);
  });
});
