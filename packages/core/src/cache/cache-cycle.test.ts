import { beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeSnapshots, type FakeSnapshots } from '@waybill/testing/cache';
import { createMemoryStore, type FetchOptions, type MemoryStore, type NameRecord } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { parseStatement } from '../intoto/index.ts';
import { type Descriptor, type Digest, describe as describeBytes } from '../oci/index.ts';
import { parsePaths } from '../paths/index.ts';
import type { CacheDeps } from './deps.ts';
import { cacheScopes } from './identity.ts';
import { type RestoreRequest, restoreCache } from './restore-cache.ts';
import { saveCache } from './save-cache.ts';
import type { SaveRequest } from './save-request.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 2);
const MAIN = { repository: 'octo-org/app', ref: 'refs/heads/main', baseRef: undefined, defaultRef: 'refs/heads/main' };
const TOPIC = { ...MAIN, ref: 'refs/heads/topic' };
const paths = (...lines: string[]) => parsePaths(lines, { workspace: '/work', home: '/home/me', platform: 'linux' });

let time: number;
let memory: MemoryStore;
let snapshots: FakeSnapshots;
let loads: number;
let log: [string, string][];
let corrupt: Set<Digest>;
let deps: CacheDeps;

beforeEach(() => {
  time = START;
  memory = createMemoryStore({ clock: () => time });
  snapshots = createFakeSnapshots('first tree');
  loads = 0;
  log = [];
  corrupt = new Set();
  const say = (level: string) => (message: string) => void log.push([level, message]);
  deps = {
    names: memory,
    store: {
      ...memory,
      fetch: async (descriptor: Descriptor, options?: FetchOptions) => {
        if (!corrupt.has(descriptor.digest)) return memory.fetch(descriptor, options);
        const bytes = new Uint8Array(descriptor.size);
        return (async function* () {
          yield bytes;
        })();
      },
      delete: (descriptor: Descriptor) => {
        corrupt.delete(descriptor.digest);
        return memory.delete(descriptor);
      },
    },
    snapshots: async () => {
      loads++;
      return snapshots;
    },
    machine: { stateDir: undefined, now: () => time, threads: 0, workerEntry: undefined },
    log: { info: say('info'), notice: say('notice'), warning: say('warning') },
  };
});

function restore(changes: Partial<RestoreRequest> = {}) {
  const request: RestoreRequest = {
    paths: paths('node_modules'),
    key: 'deps-1',
    restoreKeys: [],
    crossOsArchive: false,
    lookupOnly: false,
    scopes: cacheScopes(MAIN, 'repository'),
    platform: 'linux-x64',
    mode: 'write',
    releaseContext: false,
    unsigned: 'warn',
    timeoutMs: 60_000,
    ...changes,
  };
  return restoreCache(request, deps);
}

function save(changes: Partial<SaveRequest> = {}) {
  const request: SaveRequest = {
    paths: paths('node_modules'),
    key: 'deps-1',
    restoreKeys: [],
    crossOsArchive: false,
    scopes: cacheScopes(MAIN, 'repository'),
    platform: 'linux-x64',
    facts: {
      ...MAIN,
      branch: 'main',
      sha: 'c'.repeat(40),
      commitMessage: 'a change',
      runId: '42',
      actor: 'octocat',
      eventName: 'push',
      triggeringRepository: undefined,
      cacheMode: 'write',
    },
    parent: undefined,
    overwrite: false,
    retentionDays: 90,
    compressionLevel: 'auto',
    allowSecrets: false,
    tokens: [],
    startedAt: undefined,
    ...changes,
  };
  return saveCache(request, deps);
}

async function entries(prefix = ''): Promise<readonly NameRecord[]> {
  const found: NameRecord[] = [];
  for await (const record of memory.list({ kind: 'cache', prefix })) found.push(record);
  return found;
}

async function onlyName(key: string) {
  const [record] = await entries(key);
  if (record === undefined) throw new Error(`no entry ${key}`);
  return record.name;
}

const warnings = () => log.filter(([level]) => level === 'warning').map(([, message]) => message);

describe('restoreCache', () => {
  test('a miss never loads what reads snapshots', async () => {
    expect(await restore()).toMatchObject({ result: 'miss', reason: 'no-entry', restoredFiles: 0 });
    expect(loads).toBe(0);
  });

  test('the key itself is an exact hit, its bytes are there, and the use is counted', async () => {
    const saved = await save();
    snapshots.tree = '';
    time += 1000;
    const outcome = await restore();
    expect(outcome).toMatchObject({
      result: 'exact',
      reason: '',
      matchedKey: 'deps-1',
      digest: saved.digest,
      restoredFiles: 1,
      restoredBytes: 10,
    });
    expect(snapshots.tree).toBe('first tree');
    const [record] = await entries();
    expect(record && (await memory.access(record))).toEqual({ count: 1, lastAccessed: time });
  });

  test('a longer key is a partial hit by key-prefix, a restore key by restore-key', async () => {
    await save({ key: 'deps-1-extra' });
    expect(await restore()).toMatchObject({ result: 'partial', reason: 'key-prefix', matchedKey: 'deps-1-extra' });
    const other = await restore({ key: 'deps-2', restoreKeys: ['nothing-', 'deps-'] });
    expect(other).toMatchObject({ result: 'partial', reason: 'restore-key', matchedKey: 'deps-1-extra' });
  });

  test('a restore key that finds the key in another case is exact, as with actions/cache', async () => {
    await save({ key: 'DEPS-1' });
    expect(await restore({ restoreKeys: ['DEPS'] })).toMatchObject({ result: 'exact', matchedKey: 'DEPS-1' });
  });

  test('a branch sees the default branch, and not the other way round (S2-U5)', async () => {
    await save({ scopes: cacheScopes(TOPIC, 'repository') });
    expect(await restore()).toMatchObject({ result: 'miss', reason: 'other-scope' });
    await save({ key: 'deps-main' });
    expect(await restore({ key: 'deps-main', scopes: cacheScopes(TOPIC, 'repository') })).toMatchObject({
      result: 'exact',
    });
  });

  test.each([
    ['other-paths', { paths: paths('vendor') }],
    ['other-platform', { platform: 'linux-arm64' }],
    ['other-platform', { crossOsArchive: true }],
  ] as const)('a miss says why: %s', async (reason, changes) => {
    await save();
    expect(await restore(changes)).toMatchObject({ result: 'miss', reason });
    expect(log.at(-1)?.[1]).toContain('"deps-1"');
  });

  test('an entry past its retention is a miss, evicted', async () => {
    await save({ retentionDays: 2 });
    time += 2 * DAY;
    expect(await restore()).toMatchObject({ result: 'miss', reason: 'evicted' });
  });

  test('a look-up alone finds, tells the digest, and touches nothing', async () => {
    const { digest } = await save();
    loads = 0;
    expect(await restore({ lookupOnly: true })).toMatchObject({
      result: 'exact',
      digest,
      restoredFiles: 0,
      downloadedBytes: 0,
    });
    expect(loads).toBe(0);
  });

  test.each(['none', 'write-only'] as const)('with cache-mode %s nothing is asked', async (mode) => {
    await save();
    expect(await restore({ mode })).toMatchObject({ result: 'skipped', reason: 'mode' });
  });

  test('without a ref nothing is asked', async () => {
    expect(await restore({ scopes: [] })).toMatchObject({ result: 'skipped', reason: 'no-ref' });
  });

  test('in a release context an unsigned entry is warned of, refused, or taken silently', async () => {
    await save();
    expect(await restore({ releaseContext: true })).toMatchObject({ result: 'exact' });
    expect(warnings()).toEqual([expect.stringContaining('is not signed')]);
    snapshots.tree = 'untouched';
    expect(await restore({ releaseContext: true, unsigned: 'refuse' })).toMatchObject({
      result: 'refused',
      reason: 'policy',
    });
    expect(snapshots.tree).toBe('untouched');
    log.length = 0;
    expect(await restore({ releaseContext: true, unsigned: 'allow' })).toMatchObject({ result: 'exact' });
    expect(warnings()).toEqual([]);
  });

  test('a corrupt blob is a miss; it and the name are forgotten, so that the next save heals the key', async () => {
    const { digest } = await save();
    if (digest === undefined) throw new Error('nothing was saved');
    corrupt.add(digest);
    expect(await restore()).toMatchObject({ result: 'miss', reason: 'corrupt' });
    expect(warnings()).toEqual([expect.stringContaining('(corrupt)')]);
    expect(await save()).toMatchObject({ result: 'new', uploadedBytes: 10 });
    expect(await restore()).toMatchObject({ result: 'exact' });
  });

  test('what a run may not write it does not tidy up either', async () => {
    const { digest } = await save();
    if (digest === undefined) throw new Error('nothing was saved');
    corrupt.add(digest);
    await restore({ mode: 'read' });
    expect(corrupt.size).toBe(1);
    expect(await entries()).toHaveLength(1);
  });

  test('what to do about trouble stands in the warning', async () => {
    await save();
    const trouble = () => new WaybillError('STORE_DENIED', 'not for you', { kind: 'remote', hint: 'Log in.' });
    snapshots.failure = trouble();
    await restore();
    snapshots.failure = trouble();
    await save({ key: 'deps-2' });
    expect(warnings()).toEqual([
      expect.stringMatching(/not restored \(denied\): not for you\nLog in\.$/),
      expect.stringMatching(/not saved \(denied\): not for you\nLog in\.$/),
    ]);
  });

  test("a name of another branch stays: it is that branch's own to forget", async () => {
    const { digest } = await save();
    if (digest === undefined) throw new Error('nothing was saved');
    corrupt.add(digest);
    expect(await restore({ scopes: cacheScopes(TOPIC, 'repository') })).toMatchObject({
      result: 'miss',
      reason: 'corrupt',
    });
    expect(await entries()).toHaveLength(1);
  });

  test.each([
    [new WaybillError('UNSAFE_ENTRY', 'an entry leaves its root', { kind: 'integrity' }), 'refused', 'unsafe-entry'],
    [new WaybillError('PARTIALLY_APPLIED', 'these were replaced', { kind: 'remote' }), 'error', 'partially-applied'],
    [Object.assign(new Error('no space'), { code: 'ENOSPC' }), 'error', 'disk-full'],
    [new TypeError('a bug'), 'error', 'internal'],
  ])('trouble is told, never thrown: %#', async (failure, result, reason) => {
    await save();
    snapshots.failure = failure;
    expect(await restore()).toMatchObject({ result, reason, restoredFiles: 0 });
    expect(warnings()).toEqual([expect.stringContaining(`(${reason}): ${failure.message}`)]);
  });

  test('a restore that takes too long is given up', async () => {
    await save();
    snapshots.restoreSnapshot = ({ signal }) =>
      new Promise((_, reject) => {
        const wait = setTimeout(() => reject(new Error('the signal never came')), 5000);
        signal?.addEventListener('abort', () => {
          clearTimeout(wait);
          reject(signal.reason);
        });
      });
    expect(await restore({ timeoutMs: 5 })).toMatchObject({ result: 'error', reason: 'timeout' });
  });

  test('a cancelled job is no failure of the cache', async () => {
    await save();
    const controller = new AbortController();
    deps = { ...deps, signal: controller.signal };
    controller.abort();
    expect(await restore()).toMatchObject({ result: 'skipped', reason: '' });
    expect(warnings()).toEqual([]);
  });
});

describe('saveCache', () => {
  test('the first is new, the second builds on it, the same tree is unchanged', async () => {
    expect(await save()).toMatchObject({ result: 'new', uploadedBytes: 10 });
    snapshots.tree = 'second tree';
    expect(await save({ key: 'deps-2' })).toMatchObject({ result: 'delta', uploadedBytes: 11 });
    expect(await save({ key: 'deps-3' })).toMatchObject({ result: 'unchanged', uploadedBytes: 0, reusedBytes: 11 });
  });

  test('it builds on what this job restored, before what the names tell', async () => {
    await save();
    const { manifest } = await restore();
    snapshots.tree = 'second tree';
    await save({ key: 'deps-2' });
    await save({ key: 'deps-3', ...(manifest ? { parent: manifest } : {}) });
    expect(snapshots.saves.at(-1)?.parent).toEqual(manifest);
  });

  test('a restore key tells what to build on, else the newest of the same paths', async () => {
    await save({ key: 'a-1' });
    const a = await restore({ key: 'a-1' });
    snapshots.tree = 'second tree';
    await save({ key: 'b-1' });
    const b = await restore({ key: 'b-1' });
    await save({ key: 'a-2', restoreKeys: ['a-'] });
    expect(snapshots.saves.at(-1)?.parent).toEqual(a.manifest);
    await memory.remove(await onlyName('a-2'));
    await save({ key: 'c-1' });
    expect(snapshots.saves.at(-1)?.parent).toEqual(b.manifest);
  });

  test('a parent that is broken or gone costs a whole save, not the save', async () => {
    await save();
    snapshots.failure = new WaybillError('BLOB_UNKNOWN', 'gone', { kind: 'remote' });
    expect(await save({ key: 'deps-2' })).toMatchObject({ result: 'new' });
  });

  test('packs that are evicted while the name is written cost a whole save, not a broken entry', async () => {
    const { digest } = await save();
    const put = memory.put.bind(memory);
    // A prune between the save and its name: it takes the pack that the snapshot reuses.
    const evict = async (...args: Parameters<typeof put>) => {
      const written = await put(...args);
      if (snapshots.saves.length === 2) {
        await memory.delete(describeBytes('text/plain', new TextEncoder().encode(snapshots.tree)));
      }
      return written;
    };
    deps = { ...deps, names: { ...memory, put: evict } };
    expect(await save({ key: 'deps-2' })).toMatchObject({ result: 'new', digest, uploadedBytes: 10 });
    snapshots.tree = '';
    expect(await restore({ key: 'deps-2' })).toMatchObject({ result: 'exact' });
  });

  test('a key that is taken is left alone, and no work is done (S2-U3)', async () => {
    await save();
    loads = 0;
    snapshots.tree = 'second tree';
    expect(await save()).toMatchObject({ result: 'skipped', reason: 'exists' });
    expect(loads).toBe(0);
    expect(warnings()).toEqual([]);
  });

  test('so is one that somebody takes meanwhile', async () => {
    const { saveSnapshot } = snapshots;
    snapshots.saveSnapshot = async (options) => {
      snapshots.saveSnapshot = saveSnapshot;
      await save();
      return saveSnapshot(options);
    };
    expect(await save()).toMatchObject({ result: 'skipped', reason: 'exists' });
    expect(await entries()).toHaveLength(1);
  });

  test('overwrite replaces it', async () => {
    await save();
    snapshots.tree = 'second tree';
    expect(await save({ overwrite: true })).toMatchObject({ result: 'delta' });
    await restore();
    expect(snapshots.tree).toBe('second tree');
  });

  test('the entry carries what is known of it (S2-8), and nothing empty', async () => {
    const { digest } = await save();
    const [record] = await entries();
    expect(record).toMatchObject({
      name: { key: 'deps-1', scope: 'octo-org/app\0refs/heads/main' },
      expiresAt: START + 90 * DAY,
    });
    expect(record?.fields).toEqual({
      cacheKey: 'deps-1',
      contentHash: digest,
      files: '1',
      rawBytes: String('first tree'.length),
      platform: 'linux-x64',
      patterns: '["node_modules"]',
      createdAt: '2026-01-02T00:00:00.000Z',
      repository: 'octo-org/app',
      ref: 'refs/heads/main',
      commit: 'c'.repeat(40),
      runId: '42',
      savedBy: 'octocat',
    });
    await save({ key: 'deps-2', toolchain: { node: '24.1.0' }, ...(digest ? { lockfileHash: digest } : {}) });
    const [newest] = await entries('deps-2');
    expect(newest?.fields).toMatchObject({ toolchain: 'node-24.1.0', lockfileHash: digest });
  });

  test('the statement says who saved what, out of what (S2-24), and the manifest holds the whole name', async () => {
    await save();
    time += 1000;
    snapshots.tree = 'second tree';
    const { manifest } = await restore();
    const { digest } = await save({ key: 'deps-2', startedAt: time - 500 });
    const statement = parseStatement(snapshots.statements.at(-1) ?? Uint8Array.of());
    expect(statement.predicate).toEqual({
      contentHash: digest,
      key: 'deps-2',
      scope: 'octo-org/app\0refs/heads/main',
      version: expect.stringMatching(/^[0-9a-f]{64}$/),
      platform: 'linux-x64',
      roots: ['node_modules'],
      savedAt: '2026-01-02T00:00:01.000Z',
      buildTime: '2026-01-02T00:00:01.000Z',
      buildDuration: 0.5,
      repository: 'octo-org/app',
      commitSha: 'c'.repeat(40),
      commitMessage: 'a change',
      branch: 'main',
      workflowRunId: '42',
      parent: manifest?.digest,
    });
    expect(snapshots.saves.at(-1)?.annotations).toMatchObject({
      'dev.waybill.name.key': 'deps-2',
      'dev.waybill.name.scope': 'octo-org/app\0refs/heads/main',
    });
  });

  test('a secret refuses the save, names file and kind, and publishes nothing', async () => {
    snapshots.finding = { kind: 'secret-found', file: '.npmrc', secret: 'npm token' };
    expect(await save()).toMatchObject({ result: 'refused', reason: 'secret-found' });
    expect(warnings()).toEqual([expect.stringMatching(/"\.npmrc" holds a secret \(npm token\).*allow-secrets: true/)]);
    expect(await entries()).toEqual([]);
  });

  test('the tokens of the step are looked for, each once, unless they are too short to tell', async () => {
    await save({ tokens: ['', 'short', 't'.repeat(20), 't'.repeat(20)] });
    expect(snapshots.saves[0]?.secrets).toEqual({ allow: false, needles: [new TextEncoder().encode('t'.repeat(20))] });
  });

  test('paths that match nothing are told', async () => {
    snapshots.finding = { kind: 'nothing-matched' };
    expect(await save()).toMatchObject({ result: 'skipped', reason: 'nothing-matched' });
    expect(warnings()).toEqual(['nothing is saved: no file matches "node_modules"']);
  });

  test('an event that anybody can start saves nothing', async () => {
    const facts = {
      ...MAIN,
      branch: 'main',
      sha: undefined,
      commitMessage: undefined,
      runId: undefined,
      actor: undefined,
    };
    const request = {
      facts: {
        ...facts,
        eventName: 'pull_request_target',
        triggeringRepository: undefined,
        cacheMode: 'write' as const,
      },
    };
    expect(await save(request)).toMatchObject({ result: 'refused', reason: 'untrusted-event' });
    expect(loads).toBe(0);
  });

  test('trouble is a warning and a result, never thrown (S2-U1)', async () => {
    snapshots.failure = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    expect(await save()).toMatchObject({ result: 'error', reason: 'disk-full', uploadedBytes: 0 });
    deps = { ...deps, names: { ...memory, find: () => Promise.reject(new Error('the store is gone')) } };
    expect(await save()).toMatchObject({ result: 'error', reason: 'internal' });
    expect(await restore()).toMatchObject({ result: 'error', reason: 'internal' });
    expect(warnings()).toHaveLength(3);
  });
});
