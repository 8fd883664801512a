import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { composeKey, type KeyFacts } from './compose-key.ts';
import type { KeyField } from './derived-key.ts';

const hash = `sha256:${'0'.repeat(64)}`;
const field = (kind: KeyField['kind'], name: string, value: string): KeyField => ({ kind, name, value, source: '' });
const facts = (fields: readonly KeyField[], more: Partial<KeyFacts> = {}): KeyFacts => ({
  kind: 'deps',
  repository: 'octo-org/app',
  platform: 'linux-x64',
  fields,
  acrossTools: false,
  ...more,
});

const text = fc.string({
  unit: fc.constantFrom('a', '1', ':', ',', '+', '-', '%', '~', 'é', '\n', ' ', '_'),
  maxLength: 6,
});
const anyText = fc.oneof(text, fc.string({ unit: 'grapheme', maxLength: 400 }));
const anyField = (value: fc.Arbitrary<string>): fc.Arbitrary<KeyField> =>
  fc.record({
    kind: fc.constantFrom('tool' as const, 'lock' as const, 'file' as const, 'env' as const),
    name: value,
    value,
    source: fc.constant(''),
  });
const anyFacts = (value: fc.Arbitrary<string>): fc.Arbitrary<KeyFacts> =>
  fc.record({
    kind: value,
    repository: value,
    platform: value,
    fields: fc.uniqueArray(anyField(value), {
      maxLength: 4,
      selector: ({ kind, name }) => JSON.stringify([kind, name]),
    }),
    acrossTools: fc.boolean(),
  });

const meaning = ({ kind, repository, platform, fields }: KeyFacts): string =>
  JSON.stringify([kind, repository, platform, fields.map((each) => JSON.stringify(each)).sort()]);

describe('a composed key', () => {
  test('reads from left to right: kind, repository, platform, tools, lockfile, hash (S2-12)', () => {
    const { key } = composeKey(facts([field('lock', 'package-lock.json', hash), field('tool', 'node', '20')]));
    expect(key).toMatch(/^deps:octo-org\/app:linux-x64:node-20:package-lock\.json:[0-9a-f]{64}$/);
  });

  test('ends in the sha256 over netstrings, a field of three in one of them (docs/architecture.md)', () => {
    const { key } = composeKey(facts([field('tool', 'node', '20')]));
    const spelled = [
      '13:waybill-key-1,',
      '17:4:kind,0:,4:deps,,',
      '33:10:repository,0:,12:octo-org/app,,',
      '26:8:platform,0:,9:linux-x64,,',
      '19:4:tool,4:node,2:20,,',
    ];
    expect(key.split(':').at(-1)).toBe(createHash('sha256').update(spelled.join('')).digest('hex'));
  });

  test('names several tools, and of several lockfiles their number and a hash of their names', () => {
    const fields = [
      field('tool', 'pnpm', '9'),
      field('tool', 'node', '20'),
      field('lock', 'b/go.sum', hash),
      field('lock', 'a/go.sum', hash),
    ];
    expect(composeKey(facts(fields)).key).toMatch(/^deps:[^:]*:linux-x64:node-20\+pnpm-9:2-lockfiles-[0-9a-f]{12}:/);
  });

  test('says nothing with a dash', () => {
    expect(composeKey(facts([field('env', 'A', 'unset')])).key).toMatch(/^deps:octo-org\/app:linux-x64:-:-:/);
  });

  test('is cut from the right for the restore-keys', () => {
    const fields = [field('lock', 'go.sum', hash), field('tool', 'go', '1.26.8')];
    expect(composeKey(facts(fields)).restoreKeys).toEqual([
      'deps:octo-org/app:linux-x64:go-1.26.8:go.sum:',
      'deps:octo-org/app:linux-x64:go-1.26.8:',
    ]);
    expect(composeKey(facts(fields, { acrossTools: true })).restoreKeys.at(-1)).toBe('deps:octo-org/app:linux-x64:');
  });

  test('shows no part of a field that could be taken for a separator', () => {
    const fields = [field('lock', 'a,b:c d/é.lock', hash)];
    expect(composeKey(facts(fields)).key).toContain(':a%2Cb%3Ac%20d/%C3%A9.lock:');
  });

  test('depends on variables and files that do not show in it', () => {
    const keys = ['unset', hash].map((value) => composeKey(facts([field('env', 'A', value)])).key);
    expect(new Set(keys).size).toBe(2);
  });

  test('is the same in whatever order its fields were found, and wherever they came from', () => {
    fc.assert(
      fc.property(anyFacts(text), (given) => {
        const turned = given.fields.toReversed().map((each) => ({ ...each, source: 'elsewhere' }));
        expect(composeKey({ ...given, fields: turned }).key).toBe(composeKey(given).key);
      }),
    );
  });

  test('is another one for any two different splits of the same text into fields (S2-U7)', () => {
    fc.assert(
      fc.property(anyFacts(text), anyFacts(text), (a, b) => {
        expect(composeKey(a).key === composeKey(b).key).toBe(meaning(a) === meaning(b));
      }),
      { numRuns: 500 },
    );
    // Pairs that differ in one boundary only.
    fc.assert(
      fc.property(text, fc.nat(6), fc.nat(6), (whole, at, other) => {
        const split = (where: number): string =>
          composeKey(facts([field('tool', whole.slice(0, where), whole.slice(where))])).key;
        const places = [at, other].map((each) => Math.min(each, whole.length));
        const [first = 0, second = 0] = places;
        expect(split(first) === split(second)).toBe(first === second);
      }),
      { numRuns: 500 },
    );
  });

  test('and its restore-keys are ASCII, at most 512 characters, without comma or blank, whatever the fields hold', () => {
    fc.assert(
      fc.property(anyFacts(anyText), (given) => {
        const { key, restoreKeys } = composeKey(given);
        for (const each of [key, ...restoreKeys]) expect(each).toMatch(/^[!-+\--~]{1,512}$/);
        expect(key.split(':')).toHaveLength(6);
        for (const prefix of restoreKeys) expect(key.startsWith(prefix) && prefix.endsWith(':')).toBe(true);
        expect(restoreKeys.toSorted((a, b) => b.length - a.length)).toEqual(restoreKeys);
      }),
    );
  });

  test('cuts a long field without giving two of them one prefix', () => {
    const prefix = (name: string): string | undefined => composeKey(facts([field('lock', name, hash)])).restoreKeys[0];
    const long = `${'é'.repeat(300)}/go.sum`;
    expect(prefix(long)).toMatch(/:(?:%C3%A9)+(?:%C3)?~[0-9a-f]{12}:$/);
    expect(prefix(long)).not.toBe(prefix(`${long}m`));
  });
});
