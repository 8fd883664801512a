import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { name, type StoreUnderTest, target } from './store-under-test.ts';

/** What every store must do that counts the uses of its names. */
export function describeAccess(makeStore: () => Promise<StoreUnderTest>): void {
  describe('access log', () => {
    let under: StoreUnderTest;
    beforeEach(async () => {
      under = await makeStore();
    });
    afterEach(() => under.dispose());

    const put = async (key: string) => {
      const result = await under.store.put(name(key), target(key));
      if (!result.written) throw new Error('expected the name to be written');
      return result.record;
    };

    test('a name that was never used has no access', async () => {
      expect(await under.store.access?.(await put('k'))).toBeUndefined();
    });

    test('every use counts, and the last one has its time', async () => {
      const record = await put('k');
      await under.store.touch?.(record);
      under.clock.advance(5000);
      await under.again.touch?.(record);
      expect(await under.store.access?.(record)).toEqual({ lastAccessed: under.clock.now(), count: 2 });
    });

    test('uses at once are all counted, and those of another name are not', async () => {
      const record = await put('k');
      const other = await put('other');
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => (i % 2 === 0 ? under.store : under.again).touch?.(record)),
      );
      expect((await under.again.access?.(record))?.count).toBe(20);
      expect(await under.again.access?.(other)).toBeUndefined();
    });
  });
}
