import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CacheStore, type CacheYard, openCacheYard } from '@waybill/testing/cache';
import { type FakeRegistry, type ProfileName, startFakeRegistry } from '@waybill/testing/registry';
import { createHttp, type Http } from '../http/index.ts';
import { createRegistry, openOciStore } from '../registry/index.ts';

// Real snapshots, saved and restored by the use cases, over a registry that is as GHCR is.

const REPOSITORY = 'octo-org/app-cache';
const USERS = { ci: { password: 'pw', grants: { [REPOSITORY]: ['pull', 'push'] } } } as const;

let fake: FakeRegistry;
let http: Http;
let yard: CacheYard;
/** Milliseconds that the client meant to wait; it does not. */
let waits: number[];

beforeEach(() => {
  http = createHttp();
  yard = openCacheYard();
  waits = [];
});
afterEach(async () => {
  yard.remove();
  http.close();
  await fake.stop();
});

async function start(profile: ProfileName): Promise<void> {
  fake = await startFakeRegistry({ profile, auth: { kind: 'token', users: USERS } });
}

function open(access: 'pull' | 'push'): CacheStore {
  const sleep = async (ms: number) => {
    waits.push(ms);
  };
  const store = openOciStore(
    createRegistry({
      host: fake.host,
      repository: REPOSITORY,
      http,
      access,
      credentials: async () => ({ kind: 'basic', username: 'ci', password: 'pw' }),
      clock: { now: Date.now, sleep, random: () => 0 },
    }),
  );
  return { names: store, store };
}

describe.each(['ghcr', 'ghcr-with-empty-referrers'] as const)('over %s', (profile) => {
  test('new, exact, delta, by prefix: all of it without a PATCH, a deletion, or a token for the other host', async () => {
    await start(profile);
    expect(await yard.save(open('push'), 'deps-1')).toMatchObject({ result: 'new', warnings: [] });
    expect(await yard.restore(open('pull'), 'deps-1')).toMatchObject({
      outcome: { result: 'exact' },
      stands: 'the tree',
      warnings: [],
    });
    yard.plant('folder/more.txt', 'more');
    const delta = await yard.save(open('push'), 'deps-2');
    expect(delta).toMatchObject({ result: 'delta', warnings: [] });
    expect(delta.reusedBytes).toBeGreaterThan(300_000);
    expect(await yard.restore(open('pull'), 'deps-3', { restoreKeys: ['deps-'] })).toMatchObject({
      outcome: { result: 'partial', matchedKey: 'deps-2' },
      stands: 'the tree',
      warnings: [],
    });
    const methods = new Set(fake.log.map(({ method }) => method));
    expect(methods).toEqual(new Set(['GET', 'HEAD', 'POST', 'PUT']));
    const elsewhere = fake.log.filter(({ at }) => at === 'other');
    expect(elsewhere.length).toBeGreaterThan(0);
    expect(new Set(elsewhere.map(({ authorization }) => authorization))).toEqual(new Set(['none']));
    // Each 429 was waited for as its body says.
    const limited = fake.log.filter(({ status, method }) => status === 429 && method !== 'HEAD').length;
    expect(limited).toBeGreaterThan(0);
    expect(waits.filter((ms) => ms === 13)).toHaveLength(limited);
  });
});

test('an address that has run out is asked for again', async () => {
  await start('ghcr');
  await yard.save(open('push'), 'deps');
  let refused = 0;
  fake.fail({
    kind: 'answer',
    status: 403,
    times: 3,
    on: ({ at }) => at === 'other' && (refused += 1) > 0,
  });
  fake.clearLog();
  expect(await yard.restore(open('pull'), 'deps')).toMatchObject({ stands: 'the tree', warnings: [] });
  expect(refused).toBe(3);
  const asked = fake.log.filter(
    ({ at, path, status }) => at === 'registry' && path.includes('/blobs/') && status === 307,
  );
  const answered = fake.log.filter(({ at, status }) => at === 'other' && (status === 200 || status === 206));
  expect(asked).toHaveLength(answered.length + 3);
});

test('an entry that is broken cannot be deleted, and is not found any more all the same', async () => {
  await start('ghcr');
  await yard.save(open('push'), 'deps');
  let broken = true;
  fake.fail({ kind: 'flip', times: Infinity, on: ({ at }) => broken && at === 'other' });
  expect(await yard.restore(open('push'), 'deps')).toMatchObject({
    outcome: { result: 'miss', reason: 'corrupt' },
    stands: 'nothing',
  });
  broken = false;
  expect(await yard.save(open('push'), 'deps')).toMatchObject({ result: 'new' });
  expect(await yard.restore(open('pull'), 'deps')).toMatchObject({ outcome: { result: 'exact' }, stands: 'the tree' });
});
