import { describe, expect, test } from '@jest/globals';
import type { NameRecord } from '@waybill/core/content';
import { digestOf } from '@waybill/core/oci';
import { explainLookUp } from './explain-look-up.ts';

const NOW = 1000;
const query = { kind: 'cache', scopes: ['mine', 'base'], version: 'v', key: 'deps-abc', prefixes: ['deps-'] };

function entry(
  key: string,
  changes: { scope?: string; version?: string; createdAt?: number; expiresAt?: number } = {},
): NameRecord {
  const { scope = 'mine', version = 'v', createdAt = 1, expiresAt } = changes;
  return {
    name: { kind: 'cache', scope, version, key },
    target: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(Buffer.from(key)), size: 1 },
    createdAt,
    fields: {},
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

const explain = (...records: NameRecord[]) => {
  const { steps, nearMisses } = explainLookUp(records, query, NOW);
  return {
    asked: steps.map(({ scope, kind }) => `${scope} ${kind}`),
    found: steps.at(-1)?.found?.name.key,
    near: nearMisses.map(({ record, why }) => `${record.name.key} ${why}`),
  };
};

describe('a look-up', () => {
  test('that finds nothing has asked everything, scope by scope', () => {
    expect(explain()).toEqual({
      asked: ['mine exact', 'mine key-prefix', 'mine restore-key', 'base exact', 'base key-prefix', 'base restore-key'],
      found: undefined,
      near: [],
    });
  });

  test('ends where something is found: a restore-key here before the key itself there', () => {
    expect(explain(entry('deps-abc', { scope: 'base' }), entry('deps-x'))).toMatchObject({
      asked: ['mine exact', 'mine key-prefix', 'mine restore-key'],
      found: 'deps-x',
    });
  });

  test('takes the newest that starts so', () => {
    expect(explain(entry('deps-abc-1', { createdAt: 2 }), entry('deps-abc-2')).found).toBe('deps-abc-1');
  });

  test('never takes what is expired, of another version or out of sight, and tells these, nearest first', () => {
    const records = [
      entry('deps-abc', { scope: 'theirs' }),
      entry('deps-abc', { version: 'w' }),
      entry('deps-abc', { expiresAt: NOW }),
      entry('dep', {}),
      entry('depsabc', {}),
      entry('else', {}),
    ];
    expect(explain(...records)).toMatchObject({
      found: undefined,
      near: ['deps-abc expired', 'deps-abc other-paths-or-platform', 'deps-abc other-scope', 'depsabc similar-key'],
    });
  });

  test('shows ten near misses at most', () => {
    const many = Array.from({ length: 30 }, (_, n) => entry(`deps-${n}`, { scope: 'theirs' }));
    expect(explain(...many).near).toHaveLength(10);
  });
});
