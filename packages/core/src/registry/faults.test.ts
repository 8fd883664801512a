import { afterEach, describe, expect, test } from '@jest/globals';
import { type FakeRegistry, type Fault, startFakeRegistry } from '@waybill/testing/registry';
import { blob, name } from '@waybill/testing/store-suite';
import { fetchAll } from '../content/index.ts';
import { createHttp, type Http } from '../http/index.ts';
import { EMPTY_DESCRIPTOR, EMPTY_JSON, encodeManifest, MediaType } from '../oci/index.ts';
import { createRegistry, type OciStore, openOciStore } from './index.ts';

const REPOSITORY = 'octo-org/app-waybill';
const USERS = { ci: { password: 'pw', grants: { [REPOSITORY]: ['pull', 'push', 'delete'] } } } as const;

let fake: FakeRegistry;
let http: Http;
afterEach(async () => {
  http.close();
  await fake.stop();
});

async function open(): Promise<OciStore> {
  fake = await startFakeRegistry({
    auth: { kind: 'token', users: USERS },
    quirks: { blobs: 'other-host', uploads: 'other-host', referrers: 'none' },
  });
  http = createHttp({ idleTimeoutMs: 120, answerTimeoutMs: 120 });
  return again();
}

function again(): OciStore {
  return openOciStore(
    createRegistry({
      host: fake.host,
      repository: REPOSITORY,
      http,
      access: 'push',
      credentials: async () => ({ kind: 'basic', username: 'ci', password: 'pw' }),
      clock: { now: Date.now, sleep: async () => undefined, random: () => 0 },
    }),
  );
}

const pack = blob(Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 31) % 256)));
const manifest = encodeManifest({
  schemaVersion: 2,
  mediaType: MediaType.imageManifest,
  artifactType: 'application/vnd.test.snapshot',
  config: EMPTY_DESCRIPTOR,
  layers: [pack.descriptor],
});

async function save(store: OciStore): Promise<void> {
  await store.push(pack.descriptor, pack.bytes);
  await store.push(EMPTY_DESCRIPTOR, EMPTY_JSON);
  await store.push(manifest.descriptor, manifest.raw);
  await store.put(name('deps'), manifest.descriptor);
}

/** The bytes of a restore by prefix; undefined is a miss. */
async function restore(store: OciStore): Promise<Buffer | undefined> {
  const { kind, scope, version } = name('');
  const match = await store.find({ kind, scopes: [scope], version, key: 'deps-none', prefixes: ['deps'] });
  if (match === undefined) return undefined;
  const raw = await fetchAll(store, match.record.target);
  expect(raw.equals(manifest.raw)).toBe(true);
  return fetchAll(store, pack.descriptor);
}

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['a cut body', { kind: 'cut' }],
  ['a stalled socket', { kind: 'stall' }],
  ['a closed connection', { kind: 'reset' }],
  ['no answer', { kind: 'silence' }],
  ['503', { kind: 'answer', status: 503 }],
  ['429 with Retry-After', { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }],
];

/** Does the work with the fault at the first request, at the second, …, until there is no such request. */
async function atEveryRequest(
  fault: Fault,
  prepare: () => Promise<OciStore>,
  work: (store: OciStore) => Promise<void>,
) {
  for (let at = 0; ; at += 1) {
    const store = await prepare();
    let count = -1;
    let met = false;
    fake.fail({
      ...fault,
      on: () => {
        count += 1;
        met ||= count === at;
        return count === at;
      },
    });
    await work(store);
    http.close();
    await fake.stop();
    if (!met) return at;
  }
}

function noTokenElsewhere(): void {
  for (const { at, headers } of fake.log) if (at === 'other') expect(headers['authorization']).toBeUndefined();
}

describe.each(FAULTS)('%s at any one request', (_, fault) => {
  test('of a save does not keep it from being saved whole', async () => {
    const requests = await atEveryRequest(fault, open, async (store) => {
      await save(store);
      noTokenElsewhere();
      expect((await restore(again()))?.equals(pack.bytes)).toBe(true);
    });
    expect(requests).toBeGreaterThan(10);
  });

  test('of a restore does not keep it from being restored', async () => {
    const prepare = async () => {
      await save(await open());
      fake.clearLog();
      return again();
    };
    const requests = await atEveryRequest(fault, prepare, async (store) => {
      expect((await restore(store))?.equals(pack.bytes)).toBe(true);
      noTokenElsewhere();
    });
    expect(requests).toBeGreaterThan(5);
  });
});

test('one flipped byte in any answer of a restore gives a miss, an error of integrity, or the right bytes', async () => {
  const prepare = async () => {
    await save(await open());
    return again();
  };
  const outcomes = new Set<string>();
  await atEveryRequest({ kind: 'flip' }, prepare, async (store) => {
    try {
      const bytes = await restore(store);
      if (bytes !== undefined) expect(bytes.equals(pack.bytes)).toBe(true);
      outcomes.add(bytes === undefined ? 'miss' : 'right');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      outcomes.add(String(error.code));
    }
  });
  expect(outcomes).toContain('right');
  expect(outcomes).toContain('DIGEST_MISMATCH');
});
