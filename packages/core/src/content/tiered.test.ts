import { beforeEach, describe, expect, test } from '@jest/globals';
import { blob, collect, describeStore, fakeClock, pieces } from '@waybill/testing/store-suite';
import { WaybillError } from '../errors/index.ts';
import { fetchAll } from './fetch-all.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import type { Store } from './ports.ts';
import { tiered } from './tiered.ts';

const down = new WaybillError('STORE_UNREACHABLE', 'the store is down', { kind: 'remote' });
const fail = () => Promise.reject(down);
const broken: Store = { fetch: fail, exists: fail, push: fail };

describe('tiered', () => {
  const { bytes, descriptor } = blob('tiered bytes');
  let near: MemoryStore;
  let middle: MemoryStore;
  let far: MemoryStore;
  let warnings: string[];
  const warn = (message: string) => void warnings.push(message);
  beforeEach(() => {
    const memory = () => createMemoryStore({ clock: fakeClock().now });
    [near, middle, far] = [memory(), memory(), memory()];
    warnings = [];
  });

  test('a blob of the farthest is read, and then lies in the nearer ones', async () => {
    await far.push(descriptor, bytes);
    expect((await fetchAll(tiered([near, middle, far], warn), descriptor)).equals(bytes)).toBe(true);
    expect([await near.exists(descriptor), await middle.exists(descriptor)]).toEqual([true, true]);
    expect((await fetchAll(tiered([near, broken], warn), descriptor)).equals(bytes)).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('a range comes from where the blob is, and fills nothing', async () => {
    await far.push(descriptor, bytes);
    const part = await collect(await tiered([near, far], warn).fetch(descriptor, { range: { start: 2, length: 3 } }));
    expect(part.equals(bytes.subarray(2, 5))).toBe(true);
    expect(await near.exists(descriptor)).toBe(false);
  });

  test('a tier that is down is a warning, and the next one answers', async () => {
    await far.push(descriptor, bytes);
    expect((await fetchAll(tiered([broken, far], warn), descriptor)).equals(bytes)).toBe(true);
    expect(await tiered([broken, near], warn).push(descriptor, bytes)).toBe('pushed');
    expect(await tiered([broken, near], warn).exists(descriptor)).toBe(true);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(/the store is down/);
  });

  test('damaged bytes of a middle tier do not reach the nearer one; the farther one answers', async () => {
    await far.push(descriptor, bytes);
    await middle.push(descriptor, bytes);
    const damaged: Store = { ...middle, fetch: async () => pieces(blob('wrong bytes!').bytes) };
    expect((await fetchAll(tiered([near, damaged, far], warn), descriptor)).equals(bytes)).toBe(true);
    expect((await fetchAll(near, descriptor)).equals(bytes)).toBe(true);
    expect(warnings).toHaveLength(1);
  });

  test('a push goes to all, and exists is true only when all have it', async () => {
    await near.push(descriptor, bytes);
    const both = tiered([near, far], warn);
    expect(await both.exists(descriptor)).toBe(false);
    expect(await both.push(descriptor, bytes)).toBe('pushed');
    expect(await far.exists(descriptor)).toBe(true);
    expect(await both.push(descriptor, bytes)).toBe('exists');
  });

  test('where all fail, the error of the nearest is thrown', async () => {
    const all = tiered([broken, broken], warn);
    await expect(all.push(descriptor, bytes)).rejects.toBe(down);
    await expect(all.exists(descriptor)).rejects.toBe(down);
    await expect(all.fetch(descriptor)).rejects.toBe(down);
  });
});

describeStore(
  'tiered store',
  async () => {
    const clock = fakeClock();
    const names = createMemoryStore({ clock: clock.now });
    const near = createMemoryStore({ clock: clock.now });
    const { fetch, exists, push } = tiered([near, names], () => undefined);
    const store = { ...names, fetch, exists, push };
    return { store, again: store, clock, dispose: async () => undefined };
  },
  { deletes: false, countsAccess: true },
);
