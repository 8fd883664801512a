import { beforeEach, describe, expect, test } from '@jest/globals';
import { blob, collect, describeStore, fakeClock, pieces } from '@waybill/testing/store-suite';
import { WaybillError } from '../errors/index.ts';
import { fetchAll } from './fetch-all.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import type { Store } from './ports.ts';
import { type ByteStore, tiered } from './tiered.ts';

const down = new WaybillError('STORE_UNREACHABLE', 'the store is down', { kind: 'remote' });
const fail = () => Promise.reject(down);
const broken: Store = { fetch: fail, exists: fail, push: fail };

describe('tiered', () => {
  const { bytes, descriptor } = blob('tiered bytes');
  let near: MemoryStore;
  let middle: MemoryStore;
  let far: MemoryStore;
  let warnings: string[];
  beforeEach(() => {
    const memory = () => createMemoryStore({ clock: fakeClock().now });
    [near, middle, far] = [memory(), memory(), memory()];
    warnings = [];
  });
  const chain = (...[first, ...others]: [ByteStore, ...ByteStore[]]) =>
    tiered(
      [{ label: 'store 1', store: first }, ...others.map((store, n) => ({ label: `store ${n + 2}`, store }))],
      (message) => void warnings.push(message),
    );

  test('a blob of the farthest is read, and then lies in the nearer ones', async () => {
    await far.push(descriptor, bytes);
    expect((await fetchAll(chain(near, middle, far), descriptor)).equals(bytes)).toBe(true);
    expect([await near.exists(descriptor), await middle.exists(descriptor)]).toEqual([true, true]);
    expect((await fetchAll(chain(near, broken), descriptor)).equals(bytes)).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('of a range the whole blob is copied nearer, once for many ranges at once', async () => {
    await far.push(descriptor, bytes);
    let fetched = 0;
    const counting: Store = {
      ...far,
      fetch: (...args) => {
        fetched += 1;
        return far.fetch(...args);
      },
    };
    const all = chain(near, counting);
    const parts = await Promise.all(
      [0, 1, 2].map(async (start) => collect(await all.fetch(descriptor, { range: { start, length: 3 } }))),
    );
    expect(parts).toEqual([0, 1, 2].map((start) => Buffer.from(bytes.subarray(start, start + 3))));
    expect([fetched, await near.exists(descriptor)]).toEqual([1, true]);
  });

  test('a file of the nearest store is what a reader may open, also of a blob that comes from farther', async () => {
    await far.push(descriptor, bytes);
    const local: ByteStore = { ...near, localPath: async ({ digest }) => `/near/${digest}` };
    expect(await chain(local, far).localPath(descriptor)).toBe(`/near/${descriptor.digest}`);
    expect(await near.exists(descriptor)).toBe(true);
    expect(await chain(middle, far).localPath(descriptor)).toBeUndefined();
  });

  test('a nearer store that is down is left alone after one warning', async () => {
    await far.push(descriptor, bytes);
    const both = chain(broken, far);
    const other = blob('other bytes');
    expect((await fetchAll(both, descriptor)).equals(bytes)).toBe(true);
    expect(await both.push(other.descriptor, other.bytes)).toBe('pushed');
    expect(await both.exists(other.descriptor)).toBe(true);
    expect(warnings).toEqual(['store 1 fails and is left alone: the store is down']);
  });

  test('a nearer store that cannot take a copy costs the copy alone', async () => {
    await far.push(descriptor, bytes);
    const full: Store = { ...near, push: fail };
    expect((await fetchAll(chain(full, far), descriptor)).equals(bytes)).toBe(true);
    expect(warnings).toHaveLength(1);
  });

  test('damaged bytes of a middle tier do not reach the nearer one; the farther one answers', async () => {
    await far.push(descriptor, bytes);
    await middle.push(descriptor, bytes);
    const damaged: Store = { ...middle, fetch: async () => pieces(blob('wrong bytes!').bytes) };
    expect((await fetchAll(chain(near, damaged, far), descriptor)).equals(bytes)).toBe(true);
    expect((await fetchAll(near, descriptor)).equals(bytes)).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/^store 2 holds damaged bytes/)]);
  });

  test('damaged bytes of the last store are an error, and come no nearer', async () => {
    await far.push(descriptor, bytes);
    const damaged: Store = { ...far, fetch: async () => pieces(blob('wrong bytes!').bytes) };
    await expect(fetchAll(chain(near, damaged), descriptor)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await near.exists(descriptor)).toBe(false);
  });

  test('what is deleted from a nearer store is read from the farther one again', async () => {
    await far.push(descriptor, bytes);
    const both = chain(near, far);
    await fetchAll(both, descriptor);
    expect(await both.tiers[0]?.delete?.(descriptor)).toBe(true);
    expect((await fetchAll(both, descriptor)).equals(bytes)).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('what a nearer store evicted since it was looked for comes from the farther one', async () => {
    await far.push(descriptor, bytes);
    const both = chain(near, far);
    await fetchAll(both, descriptor);
    await near.delete(descriptor);
    expect((await fetchAll(both, descriptor)).equals(bytes)).toBe(true);
    expect([await near.exists(descriptor), warnings]).toEqual([true, []]);
  });

  test('a nearer store that loses what it takes is left alone in the end', async () => {
    await far.push(descriptor, bytes);
    const losing: Store = { ...near, push: async () => 'pushed' };
    expect((await fetchAll(chain(losing, far), descriptor)).equals(bytes)).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/^store 1 fails and is left alone/)]);
  });

  test('a push goes to all, and the last store says whether it is there', async () => {
    await near.push(descriptor, bytes);
    const both = chain(near, far);
    expect(await both.exists(descriptor)).toBe(false);
    expect(await both.push(descriptor, bytes)).toBe('pushed');
    expect(await far.exists(descriptor)).toBe(true);
    expect(await both.push(descriptor, bytes)).toBe('exists');
    await near.delete(descriptor);
    expect(await both.exists(descriptor)).toBe(true);
  });

  test('what a nearer store lacks can be renewed all the same', async () => {
    await far.push(descriptor, bytes);
    expect(await chain(near, far).renew(descriptor)).toBe(true);
    expect(await chain(far, near).renew(descriptor)).toBe(false);
    expect(warnings).toEqual([]);
  });

  test('the last store must take what is pushed: others look for it there', async () => {
    const both = chain(near, broken);
    await expect(both.push(descriptor, bytes)).rejects.toBe(down);
    await expect(both.exists(descriptor)).rejects.toBe(down);
    await expect(chain(broken, broken).fetch(descriptor)).rejects.toBe(down);
  });

  test('none has it', async () => {
    await expect(chain(near, far).fetch(descriptor)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
  });
});

describeStore(
  'tiered store',
  async () => {
    const clock = fakeClock();
    const names = createMemoryStore({ clock: clock.now });
    const near = createMemoryStore({ clock: clock.now });
    const { fetch, exists, push } = tiered(
      [
        { label: 'near', store: near },
        { label: 'far', store: names },
      ],
      () => undefined,
    );
    const store = { ...names, fetch, exists, push };
    return { store, again: store, clock, dispose: async () => undefined };
  },
  { deletes: false, countsAccess: true },
);
