import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { NameQuery, PutResult } from '@waybill/core/content';
import fc from 'fast-check';
import { collectRecords, name, type StoreUnderTest, target, VERSION } from './store-under-test.ts';

const MAIN = name('').scope;
const FEATURE = 'octo-org/app\0refs/heads/feature';

function query(key: string, prefixes: readonly string[] = [], of: Partial<NameQuery> = {}): NameQuery {
  return { kind: 'cache', scopes: [MAIN], version: VERSION, key, prefixes, ...of };
}

function recordOf(result: PutResult) {
  if (!result.written) throw new Error('expected the name to be written');
  return result.record;
}

const ODD_KEYS = [
  'k'.repeat(512),
  `${'é'.repeat(511)}1`,
  'linux/x64/deps',
  '../../../etc/passwd',
  '..',
  '.',
  'with\nnewline and\ttab',
  ' spaces ',
  'ключ-鍵-🔑',
  'a\\b:c*d?e"f<g>h|i',
  'CON',
  'nul\0byte',
  'under_score',
  'under_5fscore',
  '%2e%2e',
  '{"json":true}',
];

/** What every store must do with names. */
export function describeNames(makeStore: () => Promise<StoreUnderTest>): void {
  describe('names', () => {
    let under: StoreUnderTest;
    beforeEach(async () => {
      under = await makeStore();
    });
    afterEach(() => under.dispose());

    /** The key that a query finds, and how. */
    const found = async (of: NameQuery) => {
      const match = await under.again.find(of);
      return match && [match.how, match.record.name.key];
    };
    const putAll = async (...keys: readonly string[]) => {
      for (const key of keys) {
        recordOf(await under.store.put(name(key), target(key)));
        under.clock.advance(1000);
      }
    };

    test('an empty store finds, lists and removes nothing', async () => {
      expect(await under.store.find(query('k', ['']))).toBeUndefined();
      expect(await collectRecords(under.store.list({ kind: 'cache' }))).toEqual([]);
      expect(await under.store.remove(name('k'))).toBe(false);
    });

    test('a name is found exactly, with all that was said of it', async () => {
      const expiresAt = under.clock.now() + 10_000;
      const put = await under.store.put(name('deps-1'), target('one'), {
        fields: { repository: 'octo-org/app', __proto__x: 'é' },
        expiresAt,
      });
      const match = await under.again.find(query('deps-1'));
      expect(match).toEqual({ how: 'exact', record: recordOf(put) });
      expect(match?.record).toEqual({
        name: name('deps-1'),
        target: target('one'),
        createdAt: under.clock.now(),
        expiresAt,
        fields: { repository: 'octo-org/app', __proto__x: 'é' },
      });
    });

    test('exactly comes before as a prefix, and that before the restore keys in their order', async () => {
      await putAll('deps-', 'deps-linux-1', 'other-1', 'deps-linux-2');
      expect(await found(query('deps-linux-1', ['other-']))).toEqual(['exact', 'deps-linux-1']);
      expect(await found(query('deps-linux', ['other-']))).toEqual(['key-prefix', 'deps-linux-2']);
      expect(await found(query('deps-mac', ['none-', 'other-', 'deps-']))).toEqual(['restore-key', 'other-1']);
      expect(await found(query('deps-mac', ['none-', 'deps-']))).toEqual(['restore-key', 'deps-linux-2']);
      expect(await found(query('deps-mac', ['none-']))).toBeUndefined();
    });

    test('who asks for the key alone gets no longer one, in any scope', async () => {
      await putAll('deps-1');
      await under.store.put(name('deps-', { scope: FEATURE }), target('feature'));
      const alone = { scopes: [MAIN, FEATURE], exact: true };
      expect(await found(query('deps', [''], alone))).toBeUndefined();
      expect(await found(query('deps-1', [''], alone))).toEqual(['exact', 'deps-1']);
      expect(await found(query('deps-', [''], alone))).toEqual(['exact', 'deps-']);
    });

    test('of several with the prefix the newest wins, not the longest and not the last in the alphabet', async () => {
      await putAll('a-zzz', 'a-mmmmmm', 'a-b');
      expect(await found(query('a-'))).toEqual(['key-prefix', 'a-b']);
      await under.store.put(name('a-zzz'), target('again'));
      expect(await found(query('a-'))).toEqual(['key-prefix', 'a-zzz']);
    });

    test('an exact name in a later scope does not come before a prefix in an earlier one', async () => {
      await under.store.put(name('deps-1', { scope: FEATURE }), target('feature'));
      await under.store.put(name('deps-2'), target('main'));
      expect((await under.again.find(query('deps-2', ['deps-'], { scopes: [FEATURE, MAIN] })))?.record.target).toEqual(
        target('feature'),
      );
      expect((await under.again.find(query('deps-2', ['deps-'], { scopes: [MAIN, FEATURE] })))?.record.target).toEqual(
        target('main'),
      );
    });

    test('another scope, version or kind is never found', async () => {
      await putAll('deps-1');
      expect(await found(query('deps-1', ['d'], { scopes: [FEATURE] }))).toBeUndefined();
      expect(await found(query('deps-1', ['d'], { version: 'b'.repeat(64) }))).toBeUndefined();
      expect(await found(query('deps-1', ['d'], { kind: 'build' }))).toBeUndefined();
    });

    test('keys are case-sensitive, exactly and as prefixes', async () => {
      await putAll('Deps-A', 'deps-a');
      expect(await found(query('Deps-A'))).toEqual(['exact', 'Deps-A']);
      expect(await found(query('deps-a'))).toEqual(['exact', 'deps-a']);
      expect(await found(query('Deps'))).toEqual(['key-prefix', 'Deps-A']);
      expect(await found(query('DEPS'))).toBeUndefined();
    });

    test.each(ODD_KEYS)('the key %j is stored, found exactly and by a prefix, listed and removed', async (key) => {
      await under.store.put(name(key), target(key));
      expect(await found(query(key))).toEqual(['exact', key]);
      const prefix = [...key].slice(0, -1).join('');
      expect(await found(query('unrelated~', [prefix]))).toEqual(['restore-key', key]);
      expect(await found(query('unrelated~', [`${key}x`]))).toBeUndefined();
      expect(
        (await collectRecords(under.again.list({ kind: 'cache', prefix }))).map((record) => record.name.key),
      ).toEqual([key]);
      expect(await under.again.remove(name(key))).toBe(true);
      expect(await found(query(key, ['']))).toBeUndefined();
    });

    test('long keys that differ only at the end are told apart', async () => {
      const long = 'x'.repeat(300);
      await putAll(`${long}-a`, `${long}-b`);
      expect(await found(query(`${long}-a`))).toEqual(['exact', `${long}-a`]);
      expect(await found(query(`${long}`))).toEqual(['key-prefix', `${long}-b`]);
      expect(await found(query('-', [`${long}-a`]))).toEqual(['restore-key', `${long}-a`]);
      expect(await found(query('-', [`${long}-c`]))).toBeUndefined();
    });

    test.each(['', 'k'.repeat(513), '\ud800'])('the key %j is NAME_INVALID', async (key) => {
      await expect(under.store.put(name(key), target('x'))).rejects.toMatchObject({
        code: 'NAME_INVALID',
        kind: 'user',
      });
    });

    test('ifAbsent writes where nothing stands, and tells who stands there otherwise', async () => {
      const first = await under.store.put(name('k'), target('first'), { ifAbsent: true });
      expect(first.written).toBe(true);
      const second = await under.again.put(name('k'), target('second'), { ifAbsent: true });
      expect(second).toEqual({ written: false, current: recordOf(first) });
      expect((await under.store.find(query('k')))?.record.target).toEqual(target('first'));
    });

    test('without a condition the later write counts', async () => {
      await under.store.put(name('k'), target('first'));
      const second = await under.again.put(name('k'), target('second'));
      expect((await under.store.find(query('k')))?.record).toEqual(recordOf(second));
      expect(await collectRecords(under.store.list({ kind: 'cache' }))).toHaveLength(1);
    });

    test('expected writes only over that digest', async () => {
      expect(await under.store.put(name('k'), target('x'), { expected: target('a').digest })).toEqual({
        written: false,
        current: undefined,
      });
      const a = recordOf(await under.store.put(name('k'), target('a')));
      expect(await under.again.put(name('k'), target('c'), { expected: target('b').digest })).toEqual({
        written: false,
        current: a,
      });
      expect((await under.again.put(name('k'), target('b'), { expected: target('a').digest })).written).toBe(true);
      expect((await under.store.find(query('k')))?.record.target).toEqual(target('b'));
    });

    test('ifAbsent and expected together are a bug of the caller', async () => {
      const both = { ifAbsent: true, expected: target('a').digest };
      await expect(under.store.put(name('k'), target('x'), both)).rejects.toMatchObject({
        code: 'PUT_OPTIONS_INVALID',
        kind: 'bug',
      });
    });

    test('of eight writers with ifAbsent at once one wins, and all others see the winner', async () => {
      if (under.store.guarantees.write !== 'atomic') return;
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          (i % 2 === 0 ? under.store : under.again).put(name('race'), target(`writer ${i}`), { ifAbsent: true }),
        ),
      );
      const winners = results.filter((result) => result.written);
      expect(winners).toHaveLength(1);
      const winner = winners.map(recordOf)[0];
      for (const result of results) if (!result.written) expect(result.current).toEqual(winner);
      expect((await under.store.find(query('race')))?.record).toEqual(winner);
    });

    test('of eight writers that expect the same digest at once one wins', async () => {
      if (under.store.guarantees.write !== 'atomic') return;
      await under.store.put(name('race'), target('start'));
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          (i % 2 === 0 ? under.store : under.again).put(name('race'), target(`writer ${i}`), {
            expected: target('start').digest,
          }),
        ),
      );
      expect(results.filter((result) => result.written)).toHaveLength(1);
    });

    test('times strictly increase within a partition, though the clock stands still or goes back', async () => {
      const times: number[] = [];
      for (const key of ['a', 'b', 'a', 'c'])
        times.push(recordOf(await under.store.put(name(key), target(key))).createdAt);
      under.clock.advance(-5000);
      times.push(recordOf(await under.again.put(name('d'), target('d'))).createdAt);
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      expect(await found(query('-', ['']))).toEqual(['restore-key', 'd']);
    });

    test('an expired name is never found, and gives way to ifAbsent but not to expected', async () => {
      const options = { expiresAt: under.clock.now() + 1000 };
      await under.store.put(name('k'), target('old'), options);
      expect(await found(query('k'))).toEqual(['exact', 'k']);
      under.clock.advance(1000);
      expect(await found(query('k', ['k', '']))).toBeUndefined();
      expect(await under.store.put(name('k'), target('x'), { expected: target('old').digest })).toEqual({
        written: false,
        current: undefined,
      });
      expect((await under.store.put(name('k'), target('new'), { ifAbsent: true })).written).toBe(true);
      expect((await under.again.find(query('k')))?.record.target).toEqual(target('new'));
    });

    test('an expired newest does not hide an older live one', async () => {
      await putAll('k-1');
      await under.store.put(name('k-2'), target('k-2'), { expiresAt: under.clock.now() + 10 });
      under.clock.advance(10);
      expect(await found(query('k-'))).toEqual(['key-prefix', 'k-1']);
    });

    test('remove takes only what is expected, and says whether it did', async () => {
      await putAll('k', 'k-other');
      expect(await under.store.remove(name('k'), { expected: target('other').digest })).toBe(false);
      expect(await found(query('k'))).toEqual(['exact', 'k']);
      expect(await under.again.remove(name('k'), { expected: target('k').digest })).toBe(true);
      expect(await under.store.remove(name('k'))).toBe(false);
      expect(await found(query('k'))).toEqual(['key-prefix', 'k-other']);
    });

    test('list keeps to its filters', async () => {
      await putAll('a-1', 'a-2', 'b-1');
      await under.store.put(name('a-3', { scope: FEATURE }), target('a-3'));
      await under.store.put(name('a-4', { version: 'b'.repeat(64) }), target('a-4'));
      await under.store.put(name('a-5', { kind: 'build' }), target('a-5'));
      const keys = async (filter: Parameters<StoreUnderTest['store']['list']>[0]) =>
        (await collectRecords(under.again.list(filter))).map((record) => record.name.key).sort();
      expect(await keys({ kind: 'cache' })).toEqual(['a-1', 'a-2', 'a-3', 'a-4', 'b-1']);
      expect(await keys({ kind: 'cache', prefix: 'a-' })).toEqual(['a-1', 'a-2', 'a-3', 'a-4']);
      expect(await keys({ kind: 'cache', scope: MAIN, version: VERSION })).toEqual(['a-1', 'a-2', 'b-1']);
      expect(await keys({ kind: 'cache', scope: FEATURE })).toEqual(['a-3']);
      expect(await keys({ kind: 'cache', version: VERSION, prefix: 'A-' })).toEqual([]);
      expect(await keys({ kind: 'build' })).toEqual(['a-5']);
    });

    test('an aborted signal stops every call', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      await under.store.put(name('k'), target('k'));
      await expect(under.store.find(query('k'), { signal })).rejects.toThrow('enough');
      await expect(under.store.put(name('j'), target('j'), { signal })).rejects.toThrow('enough');
      await expect(under.store.remove(name('k'), { signal })).rejects.toThrow('enough');
      await expect(collectRecords(under.store.list({ kind: 'cache' }, { signal }))).rejects.toThrow('enough');
      expect(await found(query('k'))).toEqual(['exact', 'k']);
    });

    test('behaves as a list in memory does, whatever is put, removed and looked for', async () => {
      const key = fc.stringMatching(/^[ab_/é.]{1,3}$/);
      const step = fc.record({
        action: fc.constantFrom('put', 'put', 'absent', 'remove', 'find'),
        key,
        tick: fc.boolean(),
      });
      const run = async (steps: readonly { action: string; key: string; tick: boolean }[]) => {
        const scope = `run ${(runs += 1)}`;
        const model = new Map<string, { digest: string; order: number }>();
        let order = 0;
        for (const { action, key: text, tick } of steps) {
          if (tick) under.clock.advance(1);
          const of = name(text, { scope });
          const meant = target(`${text} ${order}`);
          if (action === 'put' || action === 'absent') {
            const { written } = await under.store.put(of, meant, { ifAbsent: action === 'absent' });
            expect(written).toBe(action === 'put' || !model.has(text));
            if (written) model.set(text, { digest: meant.digest, order: (order += 1) });
          } else if (action === 'remove') {
            expect(await under.store.remove(of)).toBe(model.delete(text));
          } else {
            const newest = [...model]
              .filter(([known]) => known.startsWith(text))
              .sort((a, b) => b[1].order - a[1].order)[0];
            const expected = model.get(text) ?? newest?.[1];
            expect((await under.again.find(query(text, [], { scopes: [scope] })))?.record.target.digest).toBe(
              expected?.digest,
            );
          }
        }
        const listed = await collectRecords(under.again.list({ kind: 'cache', scope, version: VERSION }));
        expect(new Map(listed.map((record) => [record.name.key, String(record.target.digest)]))).toEqual(
          new Map([...model].map(([known, { digest }]) => [known, digest])),
        );
      };
      let runs = 0;
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 15 }), run), { numRuns: 20 });
    });
  });
}
