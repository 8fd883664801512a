import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHttp, type Http } from '@waybill/core/http';
import { createRegistry, openOciStore } from '@waybill/core/registry';
import { type CacheStore, type CacheYard, openCacheYard } from '@waybill/testing/cache';
import type { PassedRequest } from '@waybill/testing/fault-proxy';
import { FAULTS, type RegistryFault } from './faults.ts';
import { type FaultyRegistry, startFaultyRegistry, WRITER } from './faulty-registry.ts';

// Every fault at every request of a save and of a restore, over docker-registry with tokens. In this process, over the use
// cases: some eight hundred runs. The built actions meet a sample of them in test/bundles.

/** What a stalled request costs here; it is asked again then, so a machine that stands still costs time alone. */
const TIMEOUT_MS = 250;

let world: FaultyRegistry;
let http: Http;
let yard: CacheYard;
let repositories = 0;
/** Milliseconds that the client meant to wait; it does not. */
const waits: number[] = [];

beforeAll(async () => {
  world = await startFaultyRegistry();
  const limits = { idleTimeoutMs: TIMEOUT_MS, answerTimeoutMs: TIMEOUT_MS };
  http = createHttp({
    env: { HTTPS_PROXY: world.others.proxy },
    insecureHosts: ['blobs.example', 'tokens.example'],
    ...limits,
  });
  yard = openCacheYard(100_000);
});
afterAll(async () => {
  yard.remove();
  http.close();
  await world.stop();
});

function open(repository: string, access: 'pull' | 'push'): CacheStore {
  const store = openOciStore(
    createRegistry({
      host: world.proxy.host,
      repository,
      http,
      access,
      credentials: async () => ({ kind: 'basic', ...WRITER }),
      clock: {
        now: Date.now,
        random: () => 0,
        sleep: async (ms) => {
          waits.push(ms);
        },
      },
    }),
  );
  return { names: store, store };
}

const newRepository = () => `octo-org/app-${(repositories += 1)}`;

/** The requests of a save and of a restore without a fault. */
async function record(): Promise<{
  readonly save: readonly PassedRequest[];
  readonly restore: readonly PassedRequest[];
}> {
  const repository = newRepository();
  world.proxy.arm();
  expect(await yard.save(open(repository, 'push'), 'deps')).toMatchObject({ result: 'new', warnings: [] });
  const save = [...world.proxy.requests];
  world.proxy.arm();
  expect(await yard.restore(open(repository, 'pull'), 'deps')).toMatchObject({ stands: 'the tree', warnings: [] });
  return { save, restore: [...world.proxy.requests] };
}

/**
 * Does the work once for each request of a run without faults; the request in its place meets the fault. Requests that are on
 * their way side by side come in any order, so that `healed` is asked when the work is done, of the one that met it.
 */
async function atEveryRequest(
  { fault, heals, waits: mustWait }: RegistryFault,
  requests: readonly PassedRequest[],
  prepare: () => Promise<string>,
  work: (repository: string, healed: () => boolean) => Promise<void>,
): Promise<void> {
  for (const [at, request] of requests.entries()) {
    const repository = await prepare();
    waits.length = 0;
    world.proxy.arm({ at, fault: fault(world.proxy.host) });
    let met = request;
    const healed = () => {
      const { requests: passed } = world.proxy;
      met = passed[at] ?? request;
      return heals(met, passed[at - 1]);
    };
    try {
      await work(repository, healed);
      if (mustWait !== undefined) expect(Math.max(...waits)).toBeGreaterThanOrEqual(mustWait(met));
      expect(world.leaks()).toEqual([]);
      expect(yard.leftovers()).toEqual([]);
    } catch (error) {
      throw new Error(`at request ${at}, ${request.method} ${request.path}`, { cause: error });
    }
  }
}

let clean: Awaited<ReturnType<typeof record>>;
beforeAll(async () => {
  clean = await record();
});

test('there are requests of every kind to meet a fault', () => {
  const kinds = (requests: readonly PassedRequest[]) =>
    requests.map(({ method, path }) => {
      const [, kind = path] = /\/v2\/octo-org\/app-\d+\/(blobs\/uploads|blobs|manifests|tags)/.exec(path) ?? [];
      return `${method} ${kind.replace(/\?.*/, '')}`;
    });
  expect(new Set(kinds(clean.save))).toEqual(
    new Set([
      'GET /token',
      'GET manifests',
      'GET tags',
      'HEAD blobs',
      'POST blobs/uploads',
      'PUT blobs/uploads',
      'PUT manifests',
    ]),
  );
  expect(new Set(kinds(clean.restore))).toEqual(new Set(['GET /token', 'GET manifests', 'GET blobs']));
});

describe.each(FAULTS)('$name, at every request in turn', (fault) => {
  test('of a save: the entry is there whole, or not at all', async () => {
    await atEveryRequest(
      fault,
      clean.save,
      async () => newRepository(),
      async (repository, healed) => {
        const { result, reason, warnings } = await yard.save(open(repository, 'push'), 'deps');
        if (healed()) expect({ result, reason, warnings }).toEqual({ result: 'new', reason: '', warnings: [] });
        else if (result !== 'new') expect([result, warnings.length]).toEqual(['error', 1]);
        world.proxy.arm();
        const { outcome, stands } = await yard.restore(open(repository, 'pull'), 'deps');
        const whole = 'exact, the tree';
        expect(result === 'new' ? [whole] : [whole, 'miss, nothing']).toContain(`${outcome.result}, ${String(stands)}`);
      },
    );
  });

  test('of a restore: the tree stands whole, or nothing of it', async () => {
    let saved: string | undefined;
    const prepare = async () => {
      if (saved !== undefined) return saved;
      const repository = newRepository();
      world.proxy.arm();
      expect(await yard.save(open(repository, 'push'), 'deps')).toMatchObject({ result: 'new' });
      saved = repository;
      return repository;
    };
    await atEveryRequest(fault, clean.restore, prepare, async (repository, healed) => {
      const { outcome, stands, warnings } = await yard.restore(open(repository, 'pull'), 'deps');
      const { result } = outcome;
      if (healed()) expect({ result, stands, warnings }).toEqual({ result: 'exact', stands: 'the tree', warnings: [] });
      else expect(['exact, the tree', 'miss, nothing', 'error, nothing']).toContain(`${result}, ${String(stands)}`);
      // What was found broken is taken out of the registry.
      if (result !== 'exact') saved = undefined;
    });
  });
});
