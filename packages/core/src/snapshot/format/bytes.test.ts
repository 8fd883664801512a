import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

const CORRUPT = expect.objectContaining({ code: 'SNAPSHOT_CORRUPT', kind: 'integrity' });

describe('numbers', () => {
  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 31 - 1, 'ffffffff07'],
    [2 ** 31, '8080808008'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ])('%d is written as %s', (value, bytes) => {
    const out = new ByteWriter(1);
    out.uvarint(value);
    expect(out.view().toString('hex')).toBe(bytes);
    expect(new ByteReader(out.view()).uvarint()).toBe(value);
  });

  test.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-2, '03'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [-65, '8101'],
    [Number.MAX_SAFE_INTEGER, 'feffffffffffff1f'],
    [-Number.MAX_SAFE_INTEGER, 'fdffffffffffff1f'],
  ])('%d with its sign is written as %s', (value, bytes) => {
    const out = new ByteWriter(1);
    out.varint(value);
    expect(out.view().toString('hex')).toBe(bytes);
    expect(new ByteReader(out.view()).varint()).toBe(value);
  });

  test('come back as they were, whatever stands around them', () => {
    const values = fc.array(fc.tuple(fc.maxSafeNat(), fc.maxSafeInteger(), fc.integer({ min: 0, max: 0xffff })));
    fc.assert(
      fc.property(values, (rows) => {
        const out = new ByteWriter(1);
        for (const [a, b, c] of rows) {
          out.uvarint(a);
          out.varint(b);
          out.uint16(c);
        }
        const from = new ByteReader(out.copy());
        expect(rows.map(() => [from.uvarint(), from.varint(), from.uint16()])).toEqual(rows);
        expect(from.done).toBe(true);
        from.end();
      }),
    );
  });

  test.each([
    ['2^53', '8080808080808010'],
    ['more bytes than any number has', 'ffffffffffffffffff01'],
    ['no end', '80'.repeat(40)],
  ])('too large a number is refused: %s', (_, hex) => {
    expect(() => new ByteReader(Buffer.from(hex, 'hex')).uvarint()).toThrow(CORRUPT);
  });

  test('too large a signed number is refused', () => {
    expect(() => new ByteReader(Buffer.from('8080808080808020', 'hex')).varint()).toThrow(CORRUPT);
  });

  test('a count above its limit is refused', () => {
    expect(new ByteReader(Buffer.of(5)).count(5, 'x')).toBe(5);
    expect(() => new ByteReader(Buffer.of(6)).count(5, 'x')).toThrow(CORRUPT);
  });
});

describe('bytes', () => {
  test('that end too early are refused by every read', () => {
    const reads: ((from: ByteReader) => unknown)[] = [
      (from) => from.byte(),
      (from) => from.uvarint(),
      (from) => from.varint(),
      (from) => from.uint16(),
      (from) => from.bytes(1),
      (from) => from.copyTo(Buffer.alloc(4), 0, 1),
      (from) => from.byteString(10),
    ];
    for (const read of reads) expect(() => read(new ByteReader(Buffer.alloc(0)))).toThrow(CORRUPT);
    expect(() => new ByteReader(Buffer.of(0x80)).uvarint()).toThrow(CORRUPT);
    expect(() => new ByteReader(Buffer.of(1)).uint16()).toThrow(CORRUPT);
    expect(() => new ByteReader(Buffer.of(3, 65, 65)).byteString(10)).toThrow(CORRUPT);
    expect(() => new ByteReader(Buffer.of(3, 65, 65, 65)).byteString(2)).toThrow(CORRUPT);
  });

  test('that are left over are refused', () => {
    expect(() => new ByteReader(Buffer.of(1)).end()).toThrow(CORRUPT);
  });

  test('are read from the part of a buffer that was given, and no further', () => {
    const from = new ByteReader(Buffer.of(9, 1, 2, 9).subarray(1, 3));
    expect([from.byte(), from.byte()]).toEqual([1, 2]);
    expect(() => from.byte()).toThrow(CORRUPT);
  });

  test('of strings are kept, every one of the 256', () => {
    const text = Buffer.from(Array.from({ length: 256 }, (_, n) => n)).toString('latin1');
    const out = new ByteWriter(1);
    out.byteString(text);
    out.bytes(Buffer.from('abcdef'), 2, 4);
    const from = new ByteReader(out.view());
    expect(from.byteString(256)).toBe(text);
    expect(from.bytes(2).toString()).toBe('cd');
    out.reset();
    expect(out.length).toBe(0);
  });
});
