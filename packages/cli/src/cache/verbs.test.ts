import { beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore, type MemoryStore } from '@waybill/core/content';
import { WaybillError } from '@waybill/core/errors';
import { digestOf } from '@waybill/core/oci';
import type { Registry } from '@waybill/core/registry';
import { createFakeSnapshots, type FakeSnapshots } from '@waybill/testing/cache';
import { fakeRunContext } from '@waybill/testing/runner';
import { fakeTools } from '@waybill/testing/tools';
import { type TrialMachine, tryProgram } from '../testing/index.ts';

const START = Date.parse('2026-01-02T03:04:05Z');
const DAY = 24 * 3_600_000;

let time: number;
let store: MemoryStore;
let snapshots: FakeSnapshots;
let machine: TrialMachine;

beforeEach(() => {
  time = START;
  store = createMemoryStore({ clock: () => time });
  snapshots = createFakeSnapshots('a tree');
  machine = {
    store,
    snapshots,
    now: () => time,
    context: fakeRunContext({ ref: undefined, repository: undefined, workspace: '/nowhere' }),
  };
});

const run = (line: string, changes: Partial<TrialMachine> = {}) =>
  tryProgram(line.trim().split(' '), { ...machine, ...changes });
const cache = (line: string, changes?: Partial<TrialMachine>) => run(`cache ${line}`, changes);
const names = async () => {
  const found: string[] = [];
  for await (const { name } of store.list({ kind: 'cache' })) found.push(name.key);
  return found.sort();
};

describe('waybill cache save', () => {
  test('saves under the key and tells what it did', async () => {
    const { code, out } = await cache('save k-1 out');
    expect([code, out]).toEqual([0, expect.stringMatching(/^key +k-1\nresult +new\ndigest +sha256:/)]);
    expect(await names()).toEqual(['k-1']);
  });

  test('leaves a key that stands, which is what was asked for', async () => {
    await cache('save k-1 out');
    snapshots.tree = 'other';
    const { code, json } = await cache('save k-1 out --json');
    expect([code, json()]).toEqual([0, expect.objectContaining({ result: 'skipped', reason: 'exists' })]);
    expect(await cache('save k-1 out --overwrite')).toMatchObject({ code: 0, out: expect.stringContaining('delta') });
  });

  test('hands its options on', async () => {
    await cache('save k-1 out --level 7 --retention-days 3 --allow-secrets --ref fix --repository octo-org/app');
    expect(snapshots.saves[0]).toMatchObject({ compressionLevel: 7, secrets: { allow: true } });
    const { json } = await cache('show k-1 --json');
    expect(json()).toMatchObject({
      repository: 'octo-org/app',
      ref: 'refs/heads/fix',
      expiresAt: new Date(START + 3 * DAY).toISOString(),
    });
  });

  test.each([
    ['nothing matches', { kind: 'nothing-matched' }, 1],
    ['a secret is found', { kind: 'secret-found', file: 'out/.npmrc', secret: 'npm token' }, 5],
  ] as const)('where %s ends with its own code', async (_, finding, expected) => {
    snapshots.finding = finding;
    expect((await cache('save k-1 out')).code).toBe(expected);
    expect(await names()).toEqual([]);
  });

  test('in a run that may not save ends with 5, in one without a ref with 2', async () => {
    const readOnly = { onGithub: true, context: fakeRunContext({ cacheMode: 'read' }) };
    expect((await cache('save k out', readOnly)).code).toBe(5);
    const noRef = { onGithub: true, context: fakeRunContext({ ref: undefined }) };
    expect((await cache('save k out', noRef)).code).toBe(2);
  });

  test('where the disk is full ends with 3, where we are wrong with 70', async () => {
    snapshots.failure = new WaybillError('DISK_FULL', 'no space', { kind: 'remote' });
    expect(await cache('save k out')).toMatchObject({ code: 3, err: expect.stringContaining('no space') });
    snapshots.failure = new TypeError('undefined');
    expect((await cache('save k out')).code).toBe(70);
  });

  test.each([
    ['save k-1', 'no PATH is given, and no --preset'],
    ['save a,b out', 'holds a comma'],
    ['save k out --from lock:x', '--from and --auto need the key `auto`'],
    ['save auto --preset nmp', '--preset nmp: there is no such preset'],
    ['save auto out --from perl', 'it starts with none of `lock:`'],
    ['save k out --level 20', '--level is "20", expected auto or 1 to 19'],
    ['save k !out', 'every pattern is an exclude'],
  ])('%j is wrong usage', async (line, why) => {
    expect(await cache(line)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(why) });
  });
});

describe('waybill cache restore', () => {
  test('restores by the key, and by a restore-key', async () => {
    await cache('save k-1 out');
    snapshots.tree = 'changed';
    expect(await cache('restore k-1 out')).toMatchObject({ code: 0, out: expect.stringContaining('exact') });
    expect(snapshots.tree).toBe('a tree');
    const partial = await cache('restore k-2 out -r k- --json');
    expect([partial.code, partial.json()]).toEqual([
      0,
      expect.objectContaining({ result: 'partial', reason: 'restore-key', matchedKey: 'k-1' }),
    ]);
  });

  test('that only looks up touches no file', async () => {
    await cache('save k-1 out');
    expect((await cache('restore k-1 out --lookup-only')).code).toBe(0);
    expect(snapshots.restores).toEqual([]);
  });

  test('that misses ends with 1', async () => {
    expect(await cache('restore k-1 out')).toMatchObject({ code: 1, out: expect.stringContaining('miss (no-entry)') });
  });

  test('of a corrupt entry ends with 4, of an unsafe one with 5', async () => {
    await cache('save k-1 out');
    snapshots.failure = new WaybillError('UNSAFE_ENTRY', '../x', { kind: 'integrity' });
    expect((await cache('restore k-1 out')).code).toBe(5);
    snapshots.failure = new WaybillError('SNAPSHOT_CORRUPT', 'bits', { kind: 'integrity' });
    expect((await cache('restore k-1 out')).code).toBe(4);
  });

  test('that is interrupted ends with 130', async () => {
    await cache('save k-1 out');
    const controller = new AbortController();
    const stopping: TrialMachine['snapshots'] = {
      ...snapshots,
      restoreSnapshot: async ({ signal }) => {
        controller.abort(new DOMException('interrupted', 'AbortError'));
        signal?.throwIfAborted();
        throw new Error('the signal was not handed on');
      },
    };
    const { code, json } = await cache('restore k-1 out --json', { snapshots: stopping, signal: controller.signal });
    expect([code, json()]).toEqual([130, { error: { code: 'INTERRUPTED', message: 'interrupted' } }]);
  });
});

describe('waybill cache list', () => {
  test('shows the newest first, with size, use, platform and scope', async () => {
    await cache('save k-1 out');
    time += DAY;
    await cache('save other-2 out --ref main --repository octo-org/app');
    time += 3 * DAY;
    await cache('restore k-1 out');
    const { code, out } = await cache('list');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'KEY      SIZE  SAVED (UTC)       LAST USED  USES  PLATFORM   SCOPE',
      'other-2   6 B  2026-01-03 03:04  -             -  linux-x64  octo-org/app main',
      'k-1       6 B  2026-01-02 03:04  just now      1  linux-x64  local',
      '',
    ]);
  });

  test('keeps to prefix, ref, repository and limit', async () => {
    for (const line of ['a-1 out', 'a-2 out --ref main --repository o/r', 'b-1 out --ref main --repository o/s']) {
      time += 1000;
      await cache(`save ${line}`);
    }
    const keys = async (options: string) => {
      const document = (await cache(`list --json ${options}`)).json();
      return (document as { entries: { key: string }[] }).entries.map(({ key }) => key);
    };
    expect(await keys('')).toEqual(['b-1', 'a-2', 'a-1']);
    expect(await keys('--prefix a-')).toEqual(['a-2', 'a-1']);
    expect(await keys('--ref main')).toEqual(['b-1', 'a-2']);
    expect(await keys('--repository o/s')).toEqual(['b-1']);
    expect(await keys('--limit 1')).toEqual(['b-1']);
  });

  test('of an empty store is empty, and no miss', async () => {
    expect(await cache('list')).toEqual(expect.objectContaining({ code: 0, out: '' }));
    expect((await cache('list --json')).json()).toEqual({ store: 'dir:/in/memory', total: 0, entries: [] });
  });

  test('marks what is past its retention', async () => {
    await cache('save k-1 out --retention-days 1');
    time += 2 * DAY;
    expect((await cache('list')).out).toContain('2026-01-02 03:04 (expired)');
  });

  test('warns past 5,000 names', async () => {
    const target = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(Buffer.of()), size: 0 };
    const list: MemoryStore['list'] = async function* () {
      for (let n = 0; n <= 5000; n++) {
        yield { name: { kind: 'cache', scope: 'local', version: '0', key: `k${n}` }, target, createdAt: n, fields: {} };
      }
    };
    const { code, err } = await cache('list --limit 1', { store: { ...store, list } });
    expect([code, err]).toEqual([0, expect.stringContaining('warning: 5,001 names are in the store, more than 5,000')]);
  });
});

describe('waybill cache list of a registry', () => {
  const uri = {
    kind: 'oci',
    host: 'reg.internal',
    repository: 'app-cache',
    insecure: false,
    share: 'repository',
  } as const;
  const listing = (count: number) => {
    const tags: Registry['tags'] = async function* () {
      yield Array.from({ length: 1000 }, (_, at) => `a-${at}`);
      yield Array.from({ length: count - 1000 }, (_, at) => `b-${at}`);
    };
    const registry = { tags } as Registry;
    return cache('list', {
      uri,
      connectRegistry: async () => ({ registry, findLogin: async () => undefined, close: () => undefined }),
    });
  };

  test('warns past 5,000 tags, be they whose they may', async () => {
    expect(await listing(5001)).toMatchObject({
      code: 0,
      err: expect.stringContaining('warning: 5,001 tags are in the repository, more than 5,000'),
    });
  });

  test('does not at 5,000', async () => {
    expect((await listing(5000)).err).not.toContain('warning');
  });
});

describe('waybill cache show', () => {
  test('tells all of the newest entry of the key, and that there are others', async () => {
    await cache('save k-1 out');
    time += 1000;
    await cache('save k-1 out --ref main --repository octo-org/app');
    const { code, out, err } = await cache('show k-1');
    expect([code, err]).toEqual([0, expect.stringContaining('1 more entry has this key')]);
    expect(out).toMatch(/^key +k-1\nscope +octo-org\/app main\ndigest +sha256:.*\nmanifest +sha256:/);
    expect(out).toMatch(/\npaths +out\ntree +1 file, 6 B\n/);
  });

  test('of an unknown key ends with 1', async () => {
    const { code, json } = await cache('show k --json');
    expect([code, json()]).toEqual([1, { error: expect.objectContaining({ code: 'NO_ENTRY' }) }]);
  });

  test('of a name whose bytes are gone ends with 3', async () => {
    await cache('save k-1 out');
    const { manifest } = (await cache('show k-1 --json')).json() as { manifest: string };
    for await (const { target } of store.list({ kind: 'cache' })) {
      expect(target.digest).toBe(manifest);
      await store.delete(target);
    }
    expect((await cache('show k-1')).code).toBe(3);
  });
});

describe('waybill cache delete', () => {
  beforeEach(async () => {
    for (const line of ['a-1 out', 'a-2 out', 'b-1 out']) await cache(`save ${line}`);
  });

  test('asks, and deletes after a yes', async () => {
    const asked: string[] = [];
    const yes = async (question: string) => asked.push(question) > 0;
    expect(await cache('delete --prefix a-', { confirm: yes })).toMatchObject({ code: 0 });
    expect(asked).toEqual([expect.stringMatching(/^KEY .*\na-2 .*\na-1 .*\nDelete 2 entries\?$/)]);
    expect(await names()).toEqual(['b-1']);
  });

  test('deletes nothing after a no', async () => {
    expect(await cache('delete a-1', { confirm: async () => false })).toMatchObject({ code: 1 });
    expect(await names()).toEqual(['a-1', 'a-2', 'b-1']);
  });

  test('without a person wants --yes', async () => {
    expect(await cache('delete a-1')).toMatchObject({ code: 2, err: expect.stringContaining('Give --yes') });
    expect(await cache('delete a-1 --yes')).toMatchObject({ code: 0 });
    expect(await names()).toEqual(['a-2', 'b-1']);
  });

  test('with --dry-run only tells', async () => {
    const { code, json } = await cache('delete --prefix a- --dry-run --json');
    expect([code, json()]).toMatchObject([0, { dryRun: true, deleted: [{ key: 'a-2' }, { key: 'a-1' }] }]);
    expect(await names()).toHaveLength(3);
  });

  test('leaves alone what was saved anew since it was listed', async () => {
    snapshots.tree = 'newer';
    const slow = async () => (await cache('save a-1 out --overwrite')).code === 0;
    const { code, err } = await cache('delete a-1', { confirm: slow });
    expect([code, err]).toEqual([0, expect.stringContaining('"a-1" was saved anew or deleted meanwhile')]);
    expect(await names()).toContain('a-1');
  });

  test('with --expired deletes what is past its retention, and nothing else', async () => {
    await cache('save a-3 out --retention-days 1');
    await cache('save b-2 out --retention-days 1');
    time += 2 * DAY;
    expect(await cache('delete --expired --prefix b- --yes')).toMatchObject({ code: 0 });
    expect(await names()).toEqual(['a-1', 'a-2', 'a-3', 'b-1']);
    expect(await cache('delete --expired --yes')).toMatchObject({ code: 0, out: expect.stringContaining('1 entry') });
    expect(await names()).toEqual(['a-1', 'a-2', 'b-1']);
    expect((await cache('delete --expired --yes')).code).toBe(1);
  });

  test.each(['delete', 'delete k --prefix k', 'delete k --prefix k --expired'])('%j is wrong usage', async (line) => {
    expect((await cache(line)).code).toBe(2);
  });

  test('of what is not there ends with 1', async () => {
    expect((await cache('delete nothing --yes')).code).toBe(1);
  });
});

describe('waybill cache verify', () => {
  test('finds nothing wrong with whole entries', async () => {
    await cache('save k-1 out');
    snapshots.tree = 'another';
    await cache('save k-2 out');
    // The fake's manifests name the empty config, which it does not store.
    await store.push(EMPTY, Buffer.from('{}'));
    const { code, json } = await cache('verify --json');
    expect([code, json()]).toMatchObject([0, { entries: 2, blobs: 5, findings: [] }]);
  });

  test('of an unknown key ends with 1', async () => {
    expect((await cache('verify k')).code).toBe(1);
  });

  test('tells all that is wrong', async () => {
    await store.push(EMPTY, Buffer.from('{}'));
    await cache('save k-1 out');
    snapshots.tree = 'another';
    await cache('save k-2 out');
    const spoilt: MemoryStore = {
      ...store,
      fetch: async (descriptor, options) => {
        if (descriptor.digest === digestOf(Buffer.from('a tree'))) {
          return (async function* () {
            yield Buffer.from('A tree');
          })();
        }
        if (descriptor.digest === digestOf(Buffer.from('another')))
          throw new WaybillError('BLOB_UNKNOWN', 'it is gone', { kind: 'remote' });
        return store.fetch(descriptor, options);
      },
    };
    const { code, json } = await cache('verify --json', { store: spoilt });
    const found = (json() as { findings: { key: string; kind: string }[] }).findings;
    expect([code, found.map(({ key, kind }) => `${key} ${kind}`).sort()]).toEqual([4, ['k-1 mismatch', 'k-2 missing']]);
  });

  test('where the store fails ends with 3', async () => {
    await cache('save k-1 out');
    const failing: MemoryStore = {
      ...store,
      fetch: async () => {
        throw new WaybillError('STORE_UNREACHABLE', 'no route', { kind: 'remote' });
      },
    };
    expect(await cache('verify', { store: failing })).toMatchObject({
      code: 3,
      out: expect.stringContaining('unreadable: k-1: no route'),
    });
  });

  test('finds a name that points at the manifest of another entry', async () => {
    await store.push(EMPTY, Buffer.from('{}'));
    await cache('save k-1 out');
    for await (const { name, target } of store.list({ kind: 'cache' }))
      await store.put({ ...name, key: 'k-x' }, target);
    const { code, out } = await cache('verify k-x');
    expect([code, out]).toEqual([4, expect.stringContaining('misnamed: k-x')]);
  });
});

describe('waybill cache key', () => {
  test('prints the key, then the restore-keys', async () => {
    const { runTool } = fakeTools({ 'node --version': 'v24.1.0\n' });
    const { code, out } = await cache('key --from tool:node --repository octo-org/app', { runTool });
    const [key, ...restoreKeys] = out.trimEnd().split('\n');
    expect([code, key]).toEqual([0, expect.stringMatching(/^deps:octo-org\/app:linux-x64:node-24:.*[0-9a-f]{64}$/)]);
    expect(restoreKeys.length).toBeGreaterThan(0);
    expect(restoreKeys.every((each) => key?.startsWith(each))).toBe(true);
    const explained = await cache('key --from tool:node --repository octo-org/app --explain', { runTool });
    expect(explained.out).toMatch(/^key: deps:.*\n\nfield +value +from\n/);
  });

  test('that cannot be derived ends with 2 where something must change', async () => {
    expect(await cache('key --from tool:node', { runTool: fakeTools({}).runTool })).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no `node` on PATH'),
    });
  });

  test('is what `auto` saves and restores under', async () => {
    const { runTool } = fakeTools({ 'node --version': 'v24.1.0\n' });
    const derived = (await cache('key --from tool:node', { runTool })).out.split('\n')[0];
    expect((await cache('save auto out --from tool:node', { runTool })).code).toBe(0);
    expect(await names()).toEqual([derived]);
    expect((await cache('restore auto out --from tool:node', { runTool })).code).toBe(0);
  });
});

describe('waybill cache explain', () => {
  test('of a hit tells which question found it, and restores nothing', async () => {
    await cache('save k-1 out');
    const { code, out } = await cache('explain k-2 out -r k-');
    expect([code, out.split('\n')[0]]).toEqual([0, 'hit: "k-1", by a restore-key']);
    expect(snapshots.restores).toEqual([]);
  });

  test('of a miss tells what nearly fits', async () => {
    await cache('save k-1 other');
    const { code, json } = await cache('explain k-1 out --json');
    expect([code, json()]).toMatchObject([
      1,
      { result: 'miss', nearMisses: [{ why: 'other-paths-or-platform', entry: { key: 'k-1', paths: ['other'] } }] },
    ]);
  });

  test('agrees with restore', async () => {
    await cache('save k-1 out');
    await cache('save k-11 out --ref main --repository o/r');
    for (const words of [
      'k-1 out',
      'k out',
      'x out -r k',
      'k-1 other',
      'k-1 out --ref main --repository o/r',
      'x out',
    ]) {
      const restored = await cache(`restore ${words} --json`);
      const explained = await cache(`explain ${words} --json`);
      const { matchedKey } = restored.json() as { matchedKey?: string };
      const { entry } = explained.json() as { entry?: { key: string } };
      expect([words, explained.code, entry?.key]).toEqual([words, restored.code, matchedKey]);
    }
  });
});

const EMPTY = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(Buffer.from('{}')),
  size: 2,
};
