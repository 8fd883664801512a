import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHttp, type Http } from '@waybill/core/http';
import { createRegistry, openOciStore } from '@waybill/core/registry';
import { createFakeSnapshots, type FakeSnapshots } from '@waybill/testing/cache';
import { type FakeRegistry, type Quirks, startFakeRegistry } from '@waybill/testing/registry';
import { fakeRunContext } from '@waybill/testing/runner';
import { type TrialMachine, tryProgram } from '../testing/index.ts';

const REPOSITORY = 'octo-org/app-cache';

let fake: FakeRegistry;
let http: Http;
let snapshots: FakeSnapshots;
let machine: TrialMachine;

async function open(quirks: Partial<Quirks> = {}) {
  // The fake's snapshots name blobs that nobody stores.
  fake = await startFakeRegistry({ quirks: { references: 'missing-allowed', ...quirks } });
  const { host } = fake;
  const clock = { now: Date.now, sleep: async () => undefined, random: () => 0 };
  const registry = createRegistry({ host, repository: REPOSITORY, http, access: 'push', clock });
  machine = {
    store: openOciStore(registry),
    snapshots,
    now: Date.now,
    context: fakeRunContext({ ref: undefined, repository: undefined, workspace: '/nowhere' }),
    uri: { kind: 'oci', host, repository: REPOSITORY, insecure: false, share: 'repository' },
    connectRegistry: async () => ({ registry, findLogin: async () => undefined, close: () => undefined }),
  };
}

beforeEach(() => {
  http = createHttp();
  snapshots = createFakeSnapshots('a tree');
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

const cache = (line: string) => tryProgram(['cache', ...line.split(' ')], machine);

/** The digest of the snapshot under a key. */
async function manifestOf(key: string): Promise<string> {
  const { json } = await cache(`show ${key} --json`);
  const document = json() as { manifest: { digest: string } | string };
  return typeof document.manifest === 'string' ? document.manifest : document.manifest.digest;
}
const stands = (digest: string) => fake.contents.manifest(REPOSITORY, digest) !== undefined;

describe('waybill cache delete, of a registry', () => {
  test('deletes the snapshot with its last name, so that garbage collection frees its bytes', async () => {
    await open();
    await cache('save k-1 out');
    const shared = await manifestOf('k-1');
    for await (const { name, target } of machine.store.list({ kind: 'cache' }))
      await machine.store.put({ ...name, key: 'k-2' }, target);
    snapshots.tree = 'another tree';
    await cache('save k-3 out');
    const other = await manifestOf('k-3');

    expect((await cache('delete k-1 --yes')).code).toBe(0);
    expect(stands(shared)).toBe(true);
    expect((await cache('delete k-2 --yes')).code).toBe(0);
    expect([stands(shared), stands(other)]).toEqual([false, true]);
    expect((await cache('restore k-3 out')).code).toBe(0);
  });

  test('with --dry-run deletes nothing', async () => {
    await open();
    await cache('save k-1 out');
    const digest = await manifestOf('k-1');
    fake.clearLog();
    expect((await cache('delete k-1 --dry-run')).code).toBe(0);
    expect(fake.log.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(stands(digest)).toBe(true);
  });

  test('where nothing can be deleted is done with the names', async () => {
    await open({ deletes: 'refused' });
    await cache('save k-1 out');
    expect(await cache('delete k-1 --yes')).toMatchObject({ code: 0, err: expect.not.stringContaining('may stay') });
    expect((await cache('restore k-1 out')).code).toBe(1);
  });

  test('says so where the bytes could not be looked after', async () => {
    await open();
    await cache('save k-1 out');
    const digest = await manifestOf('k-1');
    fake.fail({
      kind: 'answer',
      status: 403,
      on: ({ method, path }) => method === 'DELETE' && path.endsWith(digest),
      times: Number.POSITIVE_INFINITY,
    });
    const { code, err } = await cache('delete k-1 --yes');
    expect([code, err]).toEqual([0, expect.stringContaining('the names are deleted; bytes of theirs may stay')]);
  });
});
