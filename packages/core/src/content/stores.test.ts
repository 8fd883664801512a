import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStore, fakeClock, type StoreUnderTest, type SuiteStore } from '@waybill/testing/store-suite';
import { limit, type RetryPolicy } from '../async/index.ts';
import { createMemoryStore, openLayoutStore, verifying, withLimit, withLog, withRetries } from './index.ts';

const ALL = { deletes: true, countsAccess: true };
const POLICY: RetryPolicy = { attempts: 3, baseMs: 1, capMs: 1, budgetMs: 1000, retryable: () => false };

async function inMemory(wrap: (store: SuiteStore) => SuiteStore = (store) => store): Promise<StoreUnderTest> {
  const clock = fakeClock();
  const store = wrap(createMemoryStore({ clock: clock.now }));
  return { store, again: store, clock, dispose: async () => undefined };
}

async function onDisk(): Promise<StoreUnderTest> {
  const clock = fakeClock();
  const dir = await mkdtemp(join(tmpdir(), 'layout-store-'));
  const open = () => openLayoutStore(join(dir, 'store'), { clock: clock.now });
  return { store: open(), again: open(), clock, dispose: () => rm(dir, { recursive: true, force: true }) };
}

describeStore('memory store', () => inMemory(), ALL);
describeStore('layout store', onDisk, ALL);
describeStore(
  'withRetries',
  () =>
    inMemory((store) => withRetries(store, POLICY, { now: () => 0, sleep: async () => undefined, random: () => 0 })),
  ALL,
);
describeStore('withLimit', () => inMemory((store) => withLimit(store, limit(2))), ALL);
describeStore(
  'withLog',
  () =>
    inMemory((store) =>
      withLog(
        store,
        () => undefined,
        () => 0,
      ),
    ),
  ALL,
);
describeStore('verifying', () => inMemory(verifying), ALL);
