import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hexOf, parseDigest } from '../oci/index.ts';
import { PREDICATE_WORDS, parseStatementName, type StatementName, statementName } from './statement-name.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

test('every name is read as what it was made of, and has only characters that hosts keep', () => {
  const names = fc.record({
    subject: hex(64).map((each) => parseDigest(`sha256:${each}`)),
    predicate: fc.constantFrom(...PREDICATE_WORDS),
    format: fc.constantFrom('statement', 'bundle'),
    fingerprint: hex(12),
  });
  fc.assert(
    fc.property(names, (name: StatementName) => {
      const text = statementName(name);
      expect(parseStatementName(text)).toEqual(name);
      expect(text).toMatch(/^[a-z0-9][a-z0-9.]*[a-z0-9]$/);
    }),
  );
});

const GOOD = `${'a'.repeat(64)}.provenance.${'b'.repeat(12)}.intoto.json`;

test.each([
  '',
  'README.md',
  GOOD.toUpperCase(),
  GOOD.slice(1),
  `${GOOD}.sig`,
  ` ${GOOD}`,
  `${GOOD}\n`,
  GOOD.replace('provenance', 'gossip'),
  GOOD.replace('provenance', 'constructor'),
  GOOD.replace('intoto', 'other'),
  GOOD.replace('.bb', '.b'),
])('what is no such name is none: %j', (name) => {
  expect(parseStatementName(name)).toBeUndefined();
});

test('the example reads as it should', () => {
  expect(hexOf(parseStatementName(GOOD)?.subject ?? parseDigest(`sha256:${'0'.repeat(64)}`))).toBe('a'.repeat(64));
});
