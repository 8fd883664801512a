import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeStatement, parseStatement, STATEMENT_TYPE, type Statement } from './statement.ts';

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const valid: Statement = {
  _type: STATEMENT_TYPE,
  subject: [{ name: 'tree', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'urn:example:p',
  predicate: { any: ['thing'] },
};

describe('parseStatement', () => {
  test('reads back what encodeStatement wrote, whatever the predicate', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.string(), { minLength: 1 }), (predicate, names) => {
        const statement: Statement = {
          ...valid,
          subject: names.map((name) => ({ name, digest: { sha256: 'b'.repeat(64) } })),
          predicate,
        };
        const text = JSON.stringify(parseStatement(encodeStatement(statement)));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(statement)));
      }),
    );
  });

  test('a subject needs no name', () => {
    const { subject } = parseStatement(encode({ ...valid, subject: [{ digest: { sha256: 'c' } }] }));
    expect(subject).toEqual([{ digest: { sha256: 'c' } }]);
  });

  test('fields that are not known are dropped', () => {
    expect(parseStatement(encode({ ...valid, more: 1 }))).toEqual(valid);
  });

  test.each([
    ['another _type', { ...valid, _type: 'https://in-toto.io/Statement/v0.1' }],
    ['no subject', { ...valid, subject: [] }],
    ['a subject without a digest', { ...valid, subject: [{ name: 'x', digest: {} }] }],
    ['a digest that is not text', { ...valid, subject: [{ digest: { sha256: 1 } }] }],
    ['no predicate type', { ...valid, predicateType: '' }],
    ['a list', [valid]],
  ])('refuses %s', (_, json) => {
    expect(() => parseStatement(encode(json))).toThrow(expect.objectContaining({ code: 'STATEMENT_INVALID' }));
  });

  test('refuses bytes that are not UTF-8', () => {
    expect(() => parseStatement(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
      expect.objectContaining({ code: 'STATEMENT_INVALID' }),
    );
  });
});
