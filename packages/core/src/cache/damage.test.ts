import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CacheStore, type CacheYard, openCacheYard, type RestoreCheck } from '@waybill/testing/cache';
import { type FaultProxy, type PassedRequest, type ProxyFault, startFaultProxy } from '@waybill/testing/fault-proxy';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import fc from 'fast-check';
import { createHttp, type Http } from '../http/index.ts';
import { digestOf } from '../oci/index.ts';
import { createRegistry, openOciStore } from '../registry/index.ts';

// Whatever bit of what a registry serves is wrong, whatever is missing of it: the tree stands as it was saved, or not at all.
// Real snapshots, saved and restored by the use cases.

const REPOSITORY = 'octo-org/app-cache';
/** By prefix: so the pages of tags are read as well. */
const BY_PREFIX = { restoreKeys: ['deps-'], mode: 'read' } as const;

let fake: FakeRegistry;
let proxy: FaultProxy;
let http: Http;
let yard: CacheYard;

beforeAll(async () => {
  fake = await startFakeRegistry();
  proxy = await startFaultProxy({ target: () => fake.host });
  http = createHttp();
  yard = openCacheYard(100_000);
  expect(await yard.save(open(), 'deps-1')).toMatchObject({ result: 'new', warnings: [] });
});
afterAll(async () => {
  yard.remove();
  http.close();
  await proxy.stop();
  await fake.stop();
});

function open(): CacheStore {
  const clock = { now: Date.now, sleep: async () => undefined, random: () => 0 };
  const store = openOciStore(createRegistry({ host: proxy.host, repository: REPOSITORY, http, access: 'push', clock }));
  return { names: store, store };
}

/** A place in a body, as a share of it: anywhere alike, where fast-check's own fractions are nearly all next to nothing. */
const share = fc.nat(999_999).map((millionths) => millionths / 1_000_000);
const damage: fc.Arbitrary<ProxyFault> = fc.oneof(
  { weight: 4, arbitrary: share.map((at) => ({ kind: 'flip', at }) as const) },
  { weight: 2, arbitrary: share.map((to) => ({ kind: 'shorten', to }) as const) },
  { weight: 1, arbitrary: share.map((at) => ({ kind: 'cut', at }) as const) },
);

/** How often each came of it. */
type Tally = Record<'the tree' | 'nothing', number>;

function expectWholeOrNothing({ outcome, stands, warnings }: RestoreCheck, tally: Tally): void {
  const restored = outcome.result === 'exact' || outcome.result === 'partial';
  expect([outcome.result, outcome.reason, stands]).toEqual([
    outcome.result,
    outcome.reason,
    restored ? 'the tree' : 'nothing',
  ]);
  // A miss because nothing was found is none to warn of; any other is told once.
  expect(warnings).toHaveLength(restored || outcome.reason === 'no-entry' ? 0 : 1);
  expect(yard.leftovers()).toEqual([]);
  tally[restored ? 'the tree' : 'nothing'] += 1;
}

describe('one wrong bit, or a part that is missing,', () => {
  test('in any answer to a restore: the tree, or nothing', async () => {
    proxy.arm();
    expect(await yard.restore(open(), 'deps-2', BY_PREFIX)).toMatchObject({ stands: 'the tree' });
    const requests: readonly PassedRequest[] = [...proxy.requests];
    const tally: Tally = { 'the tree': 0, nothing: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(requests.length - 1), damage, async (at, fault) => {
        proxy.arm({ at, fault });
        expectWholeOrNothing(await yard.restore(open(), 'deps-2', BY_PREFIX), tally);
      }),
      { numRuns: 120 },
    );
    expect(tally['the tree']).toBeGreaterThan(0);
    expect(tally.nothing).toBeGreaterThan(0);
  });

  test('in anything that is stored, for as long as it is: the tree, or nothing', async () => {
    proxy.arm();
    const stored = contents();
    expect(stored).toHaveLength(7);
    const tally: Tally = { 'the tree': 0, nothing: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(stored.length - 1), share, fc.boolean(), async (which, place, cut) => {
        const digest = stored[which] ?? '';
        const bytes = bytesOf(digest);
        fake.contents.spoil(REPOSITORY, digest, spoilt(bytes, place, cut));
        try {
          const found = await yard.restore(open(), 'deps-2', BY_PREFIX);
          // Never an error of the registry: that would leave a broken entry where it is.
          expect(['partial', 'miss']).toContain(found.outcome.result);
          expectWholeOrNothing(found, tally);
        } finally {
          fake.contents.spoil(REPOSITORY, digest, bytes);
        }
      }),
      { numRuns: 120 },
    );
    expect(tally.nothing).toBeGreaterThan(0);
  });

  test('in any answer to a save that builds on another: what it saved is whole, or is not there', async () => {
    let saves = 0;
    const saveNext = async () => {
      saves += 1;
      yard.plant('folder/more.txt', `more of it: ${saves}`);
      return yard.save(open(), `next-${saves}`);
    };
    proxy.arm();
    expect(await saveNext()).toMatchObject({ result: 'delta' });
    const requests = proxy.requests.length;
    const tally: Tally = { 'the tree': 0, nothing: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(requests - 1), damage, async (at, fault) => {
        proxy.arm({ at, fault });
        const { result } = await saveNext();
        proxy.arm();
        const found = await yard.restore(open(), `next-${saves}`, { mode: 'read' });
        if (result === 'new' || result === 'delta') expect(found.outcome.result).toBe('exact');
        expectWholeOrNothing(found, tally);
      }),
      { numRuns: 40 },
    );
    expect(tally['the tree']).toBeGreaterThan(0);
  });
});

/** Digests of all that the repository holds: what stands under its tags, and what that names. */
function contents(): readonly string[] {
  const found = new Set<string>();
  const visit = (raw: Uint8Array) => {
    const digest = digestOf(raw);
    if (found.has(digest)) return;
    found.add(digest);
    for (const [next] of Buffer.from(raw)
      .toString('latin1')
      .matchAll(/sha256:[0-9a-f]{64}/g)) {
      const manifest = fake.contents.manifest(REPOSITORY, next);
      if (manifest !== undefined) visit(manifest);
      else if (fake.contents.blob(REPOSITORY, next) !== undefined) found.add(next);
    }
  };
  for (const tag of fake.contents.tags(REPOSITORY)) {
    const raw = fake.contents.manifest(REPOSITORY, tag);
    if (raw !== undefined) visit(raw);
  }
  return [...found];
}

function bytesOf(digest: string): Uint8Array {
  const bytes = fake.contents.manifest(REPOSITORY, digest) ?? fake.contents.blob(REPOSITORY, digest);
  if (bytes === undefined) throw new Error(`${digest} is not there`);
  return bytes;
}

/** The bytes with one bit of them changed, or cut off at the place. */
function spoilt(bytes: Uint8Array, place: number, cut: boolean): Uint8Array {
  const bit = Math.floor(place * bytes.byteLength * 8);
  if (cut) return bytes.slice(0, bit >> 3);
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
