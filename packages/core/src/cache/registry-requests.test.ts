import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CacheStore, type CacheYard, openCacheYard } from '@waybill/testing/cache';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { createHttp, type Http } from '../http/index.ts';
import { parseDigest } from '../oci/index.ts';
import { createRegistry, openOciStore } from '../registry/index.ts';

// What a save asks of a registry, and what it does when its parent's packs are gone from there.

const REPOSITORY = 'octo-org/app-cache';

let fake: FakeRegistry;
let http: Http;
let yard: CacheYard;

beforeEach(async () => {
  fake = await startFakeRegistry();
  http = createHttp();
  yard = openCacheYard();
});
afterEach(async () => {
  yard.remove();
  http.close();
  await fake.stop();
});

function connect() {
  const clock = { now: Date.now, sleep: async () => undefined, random: () => 0 };
  return createRegistry({ host: fake.host, repository: REPOSITORY, http, access: 'push', clock });
}

function open(): CacheStore {
  const store = openOciStore(connect());
  return { names: store, store };
}

/** What was asked for, and how often: `HEAD blobs`, `GET tags`. */
function asked(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path } of fake.log) {
    const of = /^\/v2\/octo-org\/app-cache\/(tags|manifests|blobs\/uploads|blobs)/.exec(path)?.[1] ?? path;
    counts[`${method} ${of}`] = (counts[`${method} ${of}`] ?? 0) + 1;
  }
  return counts;
}

test('a first save looks for its pack alone, and twice for the name', async () => {
  expect(await yard.save(open(), 'deps-1')).toMatchObject({ result: 'new', warnings: [] });
  expect(asked()).toEqual({
    'HEAD blobs': 1,
    'POST blobs/uploads': 5,
    'PUT blobs/uploads': 5,
    'GET manifests': 2,
    'GET tags': 2,
    'PUT manifests': 3,
  });
});

test('a save that builds on another looks for each pack of that once, when the name stands', async () => {
  await yard.save(open(), 'deps-1');
  yard.plant('folder/more.txt', 'more');
  fake.clearLog();
  const { reusedBytes, ...saved } = await yard.save(open(), 'deps-2');
  expect(saved).toMatchObject({ result: 'delta', warnings: [] });
  expect(reusedBytes).toBeGreaterThan(300_000);
  const named = fake.log.findLastIndex(({ method, path }) => method === 'PUT' && path.includes('/manifests/x.'));
  const looks = fake.log.slice(named + 1);
  expect(named).toBeGreaterThan(0);
  expect(looks.map(({ method, status }) => [method, status])).toEqual([['HEAD', 200]]);
  // The other one is of the empty configuration, which the parent has; the new pack is as small as the rest.
  expect(asked()).toMatchObject({ 'HEAD blobs': 2 });
});

describe.each(['checked', 'missing-allowed'] as const)('where what a manifest lists is %s', (references) => {
  test('packs of the parent that are gone cost a whole save, and no broken entry stands', async () => {
    fake.setQuirks({ references });
    yard.remove();
    // Large enough for its index to lie in a pack of its own: what is gone is seen late.
    yard = openCacheYard(6_000_000);
    await yard.save(open(), 'deps-1');
    yard.plant('folder/more.txt', 'more');
    const packs = fake.log.filter(
      ({ method, path, received }) => method === 'PUT' && path.includes('/blobs/') && received > 2_000_000,
    );
    const [pack] = packs.map(({ path }) => new URL(path, 'http://registry').searchParams.get('digest'));
    expect(await connect().blobs.delete(parseDigest(pack ?? ''))).toBe(true);
    fake.clearLog();
    expect(await yard.save(open(), 'deps-2')).toMatchObject({ result: 'new', warnings: [] });
    const refused = fake.log.filter(
      ({ method, path, status }) => method === 'PUT' && path.includes('/manifests/') && status === 400,
    );
    expect(refused).toHaveLength(references === 'checked' ? 1 : 0);
    expect(await yard.restore(open(), 'deps-2')).toMatchObject({ outcome: { result: 'exact' }, stands: 'the tree' });
  });
});
