import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { base32hex, base32hexNumber } from './base32hex.ts';
import { hashFields, netstrings } from './hash-fields.ts';

describe('netstrings', () => {
  test('count bytes, not characters', () => {
    expect(netstrings(['é', '', Buffer.from([0, 1])]).toString('latin1')).toBe('2:Ã©,0:,2:\0\x01,');
  });

  test('two lists of fields never give the same bytes', () => {
    const fields = fc.array(fc.string({ unit: fc.constantFrom('1', ':', ',', 'a') }), { maxLength: 4 });
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        expect(netstrings(a).equals(netstrings(b))).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  test('hashFields is the sha256 over them', () => {
    expect(hashFields(['a', 'bc'])).toBe(createHash('sha256').update('1:a,2:bc,').digest('hex'));
  });
});

describe('base32hex', () => {
  test.each([
    ['', ''],
    ['f', 'co'],
    ['fo', 'cpng'],
    ['foo', 'cpnmu'],
    ['foob', 'cpnmuog'],
    ['fooba', 'cpnmuoj1'],
    ['foobar', 'cpnmuoj1e8'],
  ])('of %j is %j (RFC 4648 section 10, without padding)', (text, expected) => {
    expect(base32hex(Buffer.from(text))).toBe(expected);
  });

  test('keeps the order of bytes and of numbers', () => {
    const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) =>
        expect(Math.sign(Buffer.compare(a, b))).toBe(compare(base32hex(a), base32hex(b))),
      ),
    );
    const number = fc.nat(2 ** 45 - 1);
    fc.assert(
      fc.property(number, number, (a, b) =>
        expect(Math.sign(a - b)).toBe(compare(base32hexNumber(a, 9), base32hexNumber(b, 9))),
      ),
    );
  });
});

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
