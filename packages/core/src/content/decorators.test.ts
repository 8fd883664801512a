import { describe, expect, test } from '@jest/globals';
import { blob, collect, fakeClock, name, target } from '@waybill/testing/store-suite';
import { limit, type RetryPolicy } from '../async/index.ts';
import { fetchAll } from './fetch-all.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import type { ByteStream, FetchOptions } from './ports.ts';
import { withLimit } from './with-limit.ts';
import { withLog } from './with-log.ts';
import { withRetries } from './with-retries.ts';

const memory = () => createMemoryStore({ clock: fakeClock().now });
const policy: RetryPolicy = {
  attempts: 3,
  baseMs: 1,
  capMs: 1,
  budgetMs: 1000,
  retryable: (error) => error instanceof Broken,
};
const clock = { now: () => 0, sleep: async () => undefined, random: () => 0 };

class Broken extends Error {}

/** The store, whose first `times` calls of push, put and fetch fail. */
function failing(store: MemoryStore, times: number): MemoryStore {
  let left = times;
  const fail = (): undefined => {
    if (left === 0) return;
    left -= 1;
    throw new Broken('connection reset');
  };
  return {
    ...store,
    push: async (...call) => fail() ?? store.push(...call),
    put: async (...call) => fail() ?? store.put(...call),
    fetch: async (...call) => fail() ?? store.fetch(...call),
  };
}

describe('withRetries', () => {
  const { bytes, descriptor } = blob('retried bytes');

  test('tries calls on bytes and names again, and gives up when the policy says so', async () => {
    const store = memory();
    expect(await withRetries(failing(store, 2), policy, clock).push(descriptor, bytes)).toBe('pushed');
    expect((await fetchAll(withRetries(failing(store, 2), policy, clock), descriptor)).equals(bytes)).toBe(true);
    expect((await withRetries(failing(store, 2), policy, clock).put(name('k'), target('k'))).written).toBe(true);
    await expect(withRetries(failing(store, 3), policy, clock).put(name('k'), target('k'))).rejects.toThrow(
      'connection reset',
    );
  });

  test('a push from a stream starts again from its beginning', async () => {
    const store = memory();
    let opened = 0;
    const content = async function* () {
      opened += 1;
      yield bytes.subarray(0, 4);
      if (opened === 1) throw new Broken('source broke');
      yield bytes.subarray(4);
    };
    expect(await withRetries(store, policy, clock).push(descriptor, content)).toBe('pushed');
  });

  test('a stream that breaks off goes on where it stopped, within the range that was asked', async () => {
    const store = memory();
    await store.push(descriptor, bytes);
    const asked: (FetchOptions['range'] | 'all')[] = [];
    const breaking: MemoryStore = {
      ...store,
      fetch: async (of, options) => {
        asked.push(options?.range ?? 'all');
        return breakAfter(3, await store.fetch(of, options));
      },
    };
    const retrying = withRetries(breaking, policy, clock);
    expect((await collect(await retrying.fetch(descriptor))).equals(bytes)).toBe(true);
    expect(asked.slice(0, 3)).toEqual(['all', { start: 3, length: 10 }, { start: 6, length: 7 }]);
    asked.length = 0;
    const part = await collect(await retrying.fetch(descriptor, { range: { start: 2, length: 5 } }));
    expect(part.equals(bytes.subarray(2, 7))).toBe(true);
    expect(asked).toEqual([
      { start: 2, length: 5 },
      { start: 5, length: 2 },
    ]);
  });

  test('keeps what else the store can do', () => {
    expect(withRetries(memory(), policy, clock)).toHaveProperty('touch');
  });
});

/** `bytes` of a stream, then an error; whole where it is no longer than that. */
async function* breakAfter(bytes: number, stream: ByteStream): ByteStream {
  for await (const piece of stream) {
    yield piece.subarray(0, bytes);
    if (piece.byteLength > bytes) throw new Broken('connection reset');
  }
}

describe('withLimit', () => {
  test('a fetch holds its place until its stream ends, is returned unread, or fails to open', async () => {
    const store = memory();
    const { bytes, descriptor } = blob('limited');
    await store.push(descriptor, bytes);
    const gate = limit(1);
    const limited = withLimit(store, gate);

    const first = await limited.fetch(descriptor);
    let second = false;
    const waiting = limited.exists(descriptor).then(() => {
      second = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(second).toBe(false);
    await collect(first);
    await waiting;

    await (await limited.fetch(descriptor))[Symbol.asyncIterator]().return?.();
    await expect(limited.fetch(blob('unknown').descriptor)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    expect(await limited.exists(descriptor)).toBe(true);
  });
});

describe('withLog', () => {
  test('tells each call, its subject, its outcome and its time', async () => {
    let now = 0;
    const lines: string[] = [];
    const store = withLog(
      memory(),
      (line) => lines.push(line),
      () => (now += 5),
    );
    const { bytes, descriptor } = blob('logged');
    await store.push(descriptor, bytes);
    await store.find({ kind: 'cache', scopes: ['local'], version: '', key: 'k', prefixes: [] });
    await store.put(name('k'), target('k'));
    await expect(store.fetch(blob('other').descriptor)).rejects.toThrow();
    expect(lines).toEqual([
      `push ${descriptor.digest}: pushed, 5 ms`,
      'find k: nothing, 5 ms',
      'put k: written, 5 ms',
      expect.stringMatching(/^fetch sha256:[0-9a-f]{64}: BLOB_UNKNOWN \(memory has no .*\), 5 ms$/),
    ]);
  });
});
