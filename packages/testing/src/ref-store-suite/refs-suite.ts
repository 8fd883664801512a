import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CommitId } from '@waybill/core/content';
import {
  collectAll,
  plantChain,
  put,
  type RefStoreCapabilities,
  type RefStoreUnderTest,
  textOf,
} from './ref-store-under-test.ts';

const REF = 'refs/waybill/channel/ghcr_2eio_2focto-org_2fapp/production';

/** Names that would be an option, another folder, another ref, or nothing that git takes. */
const HOSTILE = [
  '',
  '--upload-pack=touch',
  '-refs/waybill/a',
  'refs/heads/main',
  'refs/waybill',
  'refs/waybill/',
  'refs/waybill//a',
  'refs/waybill/../heads/main',
  'refs/waybill/a..b',
  'refs/waybill/a.lock',
  'refs/waybill/a b',
  'refs/waybill/a:b',
  'refs/waybill/a\0b',
  'refs/waybill/a\n',
  'refs/waybill/@{-1}',
  'refs/waybill/*',
  'refs/waybill/Ä',
  'refs/waybill/A',
  `refs/waybill/${'a'.repeat(129)}`,
  'refs/waybill/1/2/3/4/5/6/7',
];

/** What every ref store must do with refs. */
export function describeRefs(makeStore: () => Promise<RefStoreUnderTest>, { races }: RefStoreCapabilities): void {
  describe('refs', () => {
    let under: RefStoreUnderTest;
    beforeEach(async () => {
      under = await makeStore();
    });
    afterEach(() => under.dispose());

    test('a ref that nobody made points nowhere, and is not listed', async () => {
      expect(await under.store.resolve(REF)).toBeUndefined();
      expect(await collectAll(under.store.list('refs/waybill/'))).toEqual([]);
    });

    test('a ref is created once', async () => {
      const again = await under.open();
      const first = await put(under.store, 'first');
      const second = await put(again, 'second');
      expect(await under.store.move(REF, first, { expected: undefined })).toBe(true);
      expect(await again.move(REF, second, { expected: undefined })).toBe(false);
      expect(await again.resolve(REF)).toBe(first);
    });

    test('who creates a ref that stands there already is told so, also with the very same commit', async () => {
      const again = await under.open();
      const first = await put(under.store, 'first');
      const same = await put(again, 'first');
      expect(await under.store.move(REF, first, { expected: undefined })).toBe(true);
      expect(await again.move(REF, same, { expected: undefined })).toBe(false);
    });

    test('a ref moves from where it was expected, and from nowhere else', async () => {
      const [first = ''] = await plantChain(under.store, REF, 1);
      const again = await under.open();
      await again.readFile(first, 'record.json');
      const mine = await put(under.store, 'mine', first);
      const theirs = await put(again, 'theirs', first);
      expect(await again.move(REF, theirs, { expected: first })).toBe(true);
      expect(await under.store.move(REF, mine, { expected: first })).toBe(false);
      expect(await under.store.resolve(REF)).toBe(theirs);
    });

    test('a ref that is gone does not move', async () => {
      const first = await put(under.store, 'first');
      const second = await put(under.store, 'second', first);
      expect(await under.store.move(REF, second, { expected: first })).toBe(false);
      expect(await under.store.resolve(REF)).toBeUndefined();
    });

    test('a ref never moves backwards or aside', async () => {
      const [first = '', second = ''] = await plantChain(under.store, REF, 2);
      const aside = await put(under.store, 'aside', first);
      for (const to of [first, aside, second]) {
        await expect(under.store.move(REF, to, { expected: second })).rejects.toMatchObject({
          code: 'REF_NOT_FORWARD',
        });
      }
      expect(await under.store.resolve(REF)).toBe(second);
    });

    test('of eight who create a ref at once one wins, every time', async () => {
      const stores = await Promise.all(Array.from({ length: 8 }, () => under.open()));
      for (let round = 0; round < races; round += 1) {
        const ref = `refs/waybill/build/app/round-${round}`;
        const commits = await Promise.all(stores.map((store, i) => put(store, `${round} ${i}`)));
        const won = await Promise.all(
          stores.map((store, i) => store.move(ref, commits[i] ?? '', { expected: undefined })),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await under.store.resolve(ref)).toBe(commits[won.indexOf(true)]);
      }
    });

    test('eight who append at once, each until it wins, lose nothing', async () => {
      const stores = await Promise.all(Array.from({ length: 8 }, () => under.open()));
      await Promise.all(
        stores.map(async (store, i) => {
          for (let won = false; !won; ) {
            const tip: CommitId | undefined = await store.resolve(REF);
            if (tip !== undefined) await store.readFile(tip, 'record.json');
            won = await store.move(REF, await put(store, `writer ${i}`, tip), { expected: tip });
          }
        }),
      );
      const tip = await under.store.resolve(REF);
      const all = await collectAll(under.store.history(tip ?? '', 'record.json'));
      expect(new Set(all.map(({ file }) => textOf(file)))).toEqual(new Set(stores.map((_, i) => `writer ${i}`)));
      expect(all).toHaveLength(8);
    });

    test('a listing has every ref below the prefix, and no other', async () => {
      const commit = await put(under.store, 'x');
      const refs = ['refs/waybill/build/app/1', 'refs/waybill/build/app/2', 'refs/waybill/build/app-2/1'];
      for (const ref of refs) await under.store.move(ref, commit, { expected: undefined });
      const again = await under.open();
      const below = async (prefix: string) => (await collectAll(again.list(prefix))).map(({ ref }) => ref).sort();
      expect(await below('refs/waybill/build/app/')).toEqual(refs.slice(0, 2));
      expect(await below('refs/waybill/build/')).toEqual([...refs].sort());
      expect(await below('refs/waybill/claim/')).toEqual([]);
      expect((await collectAll(again.list('refs/waybill/build/app/')))[0]?.commit).toBe(commit);
    });

    test('a ref that this house does not write is refused', async () => {
      const commit = await put(under.store, 'x');
      const refused = { code: 'REF_INVALID' };
      for (const ref of HOSTILE) {
        await expect(under.store.resolve(ref)).rejects.toMatchObject(refused);
        await expect(under.store.move(ref, commit, { expected: undefined })).rejects.toMatchObject(refused);
        if (ref !== 'refs/waybill/') await expect(collectAll(under.store.list(ref))).rejects.toMatchObject(refused);
      }
    });

    test('nothing is done after an abort', async () => {
      const commit = await put(under.store, 'x');
      const reason = new Error('cancelled');
      const signal = AbortSignal.abort(reason);
      await expect(under.store.move(REF, commit, { expected: undefined, signal })).rejects.toBe(reason);
      await expect(under.store.resolve(REF, { signal })).rejects.toBe(reason);
      expect(await under.store.resolve(REF)).toBeUndefined();
    });
  });
}
