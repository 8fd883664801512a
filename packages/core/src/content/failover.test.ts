import { beforeEach, describe, expect, test } from '@jest/globals';
import { blob, collect, describeStore, fakeClock } from '@waybill/testing/store-suite';
import { WaybillError } from '../errors/index.ts';
import { type FullStore, failover, isStoreFailure } from './failover.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';

const down = new WaybillError('STORE_UNREACHABLE', 'the store is down', { kind: 'remote' });
const denied = new WaybillError('STORE_DENIED', 'not for you', { kind: 'remote' });
const { bytes, descriptor } = blob('bytes');
const NAME = { kind: 'cache', scope: 'local', version: 'v', key: 'k' };
const QUERY = { ...NAME, scopes: ['local'], prefixes: [] };

let first: MemoryStore;
let second: MemoryStore;
let warnings: string[];
/** What the first store throws, call by call, while it is set. */
let trouble: Error | undefined;
beforeEach(() => {
  const clock = fakeClock();
  [first, second] = [createMemoryStore({ clock: clock.now }), createMemoryStore({ clock: clock.now })];
  warnings = [];
  trouble = undefined;
});

function open(): FullStore {
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (trouble !== undefined) throw trouble;
    return work();
  };
  const { guarantees } = first;
  const troubled: FullStore = {
    guarantees,
    fetch: (...args) => guard(() => first.fetch(...args)),
    exists: (...args) => guard(() => first.exists(...args)),
    push: (...args) => guard(() => first.push(...args)),
    find: (...args) => guard(() => first.find(...args)),
    put: (...args) => guard(() => first.put(...args)),
    remove: (...args) => guard(() => first.remove(...args)),
    list: async function* (...args) {
      await guard(async () => undefined);
      yield* first.list(...args);
    },
  };
  return failover(
    [
      { label: 'A', store: troubled },
      { label: 'B', store: second },
    ],
    (text) => void warnings.push(text),
  );
}

describe('failover', () => {
  test('uses the first store as long as it works, found or not', async () => {
    await second.push(descriptor, bytes);
    const store = open();
    expect(await store.exists(descriptor)).toBe(false);
    await expect(store.fetch(descriptor)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    expect(await store.find(QUERY)).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('goes over to the next one, for good, with one warning', async () => {
    await second.push(descriptor, bytes);
    await second.put(NAME, descriptor);
    const store = open();
    trouble = down;
    expect((await store.find(QUERY))?.how).toBe('exact');
    trouble = undefined;
    expect((await collect(await store.fetch(descriptor))).equals(bytes)).toBe(true);
    expect(warnings).toEqual(['A does not answer, B is used in its place: the store is down']);
  });

  test('of calls at once goes over once', async () => {
    trouble = down;
    const store = open();
    await Promise.all([store.exists(descriptor), store.find(QUERY), store.exists(descriptor)]);
    expect(warnings).toHaveLength(1);
  });

  test('stays where something was written: bytes and name belong together', async () => {
    const store = open();
    await store.push(descriptor, bytes);
    trouble = down;
    await expect(store.put(NAME, descriptor)).rejects.toBe(down);
    expect(await second.exists(descriptor)).toBe(false);
  });

  test('of two writes at once, of which one fails, has both where the entry goes', async () => {
    const other = blob('other bytes');
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const failing: FullStore = {
      ...first,
      push: async (of, content) => {
        if (of.digest === descriptor.digest) throw down;
        await held;
        return first.push(of, content);
      },
    };
    const store = failover(
      [
        { label: 'A', store: failing },
        { label: 'B', store: second },
      ],
      () => undefined,
    );
    const slow = store.push(other.descriptor, other.bytes);
    await store.push(descriptor, bytes);
    letGo();
    await slow;
    expect([await second.exists(descriptor), await second.exists(other.descriptor)]).toEqual([true, true]);
  });

  test('takes a denial for an answer', async () => {
    trouble = denied;
    await expect(open().push(descriptor, bytes)).rejects.toBe(denied);
    expect(warnings).toEqual([]);
  });

  test('lists from the stand-in where the first does not even begin', async () => {
    await second.put(NAME, descriptor);
    trouble = down;
    const keys: string[] = [];
    for await (const { name } of open().list({ kind: 'cache' })) keys.push(name.key);
    expect(keys).toEqual(['k']);
  });

  test('throws what the last one threw', async () => {
    const all = failover([{ label: 'A', store: { ...second, exists: () => Promise.reject(down) } }], () => undefined);
    await expect(all.exists(descriptor)).rejects.toBe(down);
  });

  test.each([
    ['STORE_UNREACHABLE', 'remote', true],
    ['SERVER_ERROR', 'remote', true],
    ['DISK_FULL', 'remote', true],
    ['BLOB_UNKNOWN', 'remote', false],
    ['STORE_DENIED', 'remote', false],
    ['DIGEST_MISMATCH', 'integrity', false],
    ['STORE_URI_INVALID', 'user', false],
  ] as const)('%s tells of a store that does not work: %s %s', (code, kind, failure) => {
    expect(isStoreFailure(new WaybillError(code, 'x', { kind }))).toBe(failure);
  });
});

describeStore(
  'failover store',
  async () => {
    const clock = fakeClock();
    const store = failover(
      [
        { label: 'A', store: createMemoryStore({ clock: clock.now }) },
        { label: 'B', store: createMemoryStore({ clock: clock.now }) },
      ],
      () => undefined,
    );
    return { store, again: store, clock, dispose: async () => undefined };
  },
  { deletes: true, countsAccess: true },
);
