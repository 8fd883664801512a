import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { cacheScopes, type EntryStepDeps, platformOf, saveCache } from '@waybill/core/cache';
import { createMemoryStore, type MemoryStore } from '@waybill/core/content';
import { errorMessage } from '@waybill/core/errors';
import { parsePaths } from '@waybill/core/paths';
import type { RunContext } from '@waybill/core/runner';
import { createFakeSnapshots, type FakeSnapshots } from '@waybill/testing/cache';
import { createFakeRunner, type FakeRunner, fakeRunContext, readWrongInputs } from '@waybill/testing/runner';
import { type FakeTools, fakeTools } from '@waybill/testing/tools';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

const WITH = { path: 'node_modules', key: 'deps-1', store: 'dir:/nowhere/store' };

let memory: MemoryStore;
let snapshots: FakeSnapshots;
let tools: FakeTools;

beforeEach(() => {
  memory = createMemoryStore({ clock: () => 0 });
  snapshots = createFakeSnapshots('tree');
  tools = fakeTools({});
});

function depsOf(runner: FakeRunner, context: RunContext): EntryStepDeps {
  const machine = { stateDir: undefined, now: () => 0, threads: 0, workerEntry: undefined };
  return {
    runner,
    context,
    names: memory,
    store: memory,
    snapshots: async () => snapshots,
    tools: async () => ({ runTool: tools.runTool, env: {} }),
    machine,
  };
}

/** Runs the step with these inputs; gives its runner, and what it threw. */
async function step(inputs: Readonly<Record<string, string>>, context = fakeRunContext()) {
  const runner = createFakeRunner({ inputs: { ...WITH, ...inputs } });
  try {
    await run(await readInputs(runner, context), depsOf(runner, context));
    return { runner, error: undefined };
  } catch (error) {
    return { runner, error };
  }
}

/** An entry that an earlier job saved with the same paths. */
async function seed(key: string) {
  const context = fakeRunContext();
  const runner = createFakeRunner({ inputs: { ...WITH, key } });
  const request = {
    ...(await readInputs(runner, context)),
    key,
    paths: parsePaths([WITH.path], context),
    restoreKeys: [],
    scopes: cacheScopes(context, 'repository'),
    platform: platformOf(context.platform, context.arch),
    facts: context,
    parent: undefined,
    overwrite: false,
    retentionDays: 9,
    compressionLevel: 'auto' as const,
    allowSecrets: false,
    tokens: [],
    startedAt: undefined,
  };
  await saveCache(request, { ...depsOf(runner, context), log: runner });
}

describe('restore-cache', () => {
  test('an exact hit sets every output, and adds a line to the summary', async () => {
    await seed('deps-1');
    const { runner } = await step({});
    expect(Object.fromEntries(runner.outputs)).toEqual({
      'cache-hit': 'true',
      'cache-primary-key': 'deps-1',
      'cache-matched-key': 'deps-1',
      result: 'exact',
      reason: '',
      digest: expect.stringMatching(/^sha256:/),
      'restored-files': '1',
      'restored-bytes': '4',
      'downloaded-bytes': '4',
      'duration-ms': '0',
    });
    expect(runner.summaries).toEqual([expect.stringContaining('`deps-1`: **exact**')]);
  });

  test('a restore key leaves cache-hit false, and tells the key that matched', async () => {
    await seed('deps-1');
    const { runner } = await step({ key: 'deps-2', 'restore-keys': 'none-\ndeps-\n' });
    expect(runner.outputs.get('cache-hit')).toBe('false');
    expect(runner.outputs.get('cache-matched-key')).toBe('deps-1');
    expect(runner.outputs.get('reason')).toBe('restore-key');
  });

  test('a miss leaves cache-hit unset, as actions/cache does', async () => {
    const { runner, error } = await step({});
    expect(error).toBeUndefined();
    expect(runner.outputs.has('cache-hit')).toBe(false);
    expect(runner.outputs.get('cache-primary-key')).toBe('deps-1');
    expect(runner.outputs.get('result')).toBe('miss');
  });

  test('fail-on-cache-miss fails in the words of actions/cache, the outputs set', async () => {
    const { runner, error } = await step({ 'fail-on-cache-miss': 'TRUE' });
    expect(errorMessage(error)).toBe(
      'Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: deps-1',
    );
    expect(runner.outputs.get('cache-primary-key')).toBe('deps-1');
  });

  test('lookup-only restores nothing', async () => {
    await seed('deps-1');
    snapshots.tree = 'as it is';
    const { runner } = await step({ 'lookup-only': 'true' });
    expect(runner.outputs.get('cache-hit')).toBe('true');
    expect(snapshots.tree).toBe('as it is');
  });

  test('an event without a ref sets none of the outputs of actions/cache, and never fails', async () => {
    const { runner, error } = await step({ 'fail-on-cache-miss': 'true' }, fakeRunContext({ ref: undefined }));
    expect(error).toBeUndefined();
    expect([...runner.outputs.keys()].filter((name) => name.startsWith('cache-'))).toEqual([]);
    expect(runner.outputs.get('reason')).toBe('no-ref');
  });
});

describe('the inputs of restore-cache', () => {
  const read = (inputs: Readonly<Record<string, string>>, context = fakeRunContext()) =>
    readInputs(createFakeRunner({ inputs }), context);

  test('path takes lines, or a JSON list; paths is another name', async () => {
    const patterns = async (inputs: Readonly<Record<string, string>>) =>
      (await read({ ...WITH, ...inputs })).entry.path?.set.patterns;
    const lines = await patterns({ path: ' a \n\n! a/b\n' });
    expect(lines).toEqual(['!a/b', 'a']);
    expect(await patterns({ path: '["a", "!a/b"]' })).toEqual(lines);
    expect(await patterns({ path: '', paths: 'a\n!a/b' })).toEqual(lines);
    expect(await patterns({ path: '[ab]*' })).toEqual(['[ab]*']);
  });

  test('store is relative to the workspace, and WAYBILL_STORE stands in for it', async () => {
    const uri = { kind: 'dir', path: '/nowhere/work/app/app/cache', maxBytes: 1024 ** 3, share: 'all' };
    expect((await read({ ...WITH, store: 'dir:cache?max=1GiB&share=all' })).store).toEqual({
      tiers: [[uri]],
      share: 'all',
    });
    const context = fakeRunContext({ defaultStore: 'dir:~/c' });
    expect((await read({ ...WITH, store: '' }, context)).store).toMatchObject({
      tiers: [[{ kind: 'dir', path: '/nowhere/home/c' }]],
    });
  });

  test('several stores stand one a line, the nearest first, stand-ins behind ||', async () => {
    const { tiers } = (await read({ ...WITH, store: 'dir:near\n\n oci://a.b/x || oci://c.d/x ' })).store;
    expect(tiers).toMatchObject([[{ path: '/nowhere/work/app/app/near' }], [{ host: 'a.b' }, { host: 'c.d' }]]);
  });

  test('a registry is insecure where the URI says so, or insecure-registries lists its host', async () => {
    const insecure = async (store: string, listed = '') =>
      (await read({ ...WITH, store, 'insecure-registries': listed })).store.tiers[0][0];
    const uri = { kind: 'oci', host: 'reg.internal:5000', repository: 'cache', insecure: false, share: 'repository' };
    expect(await insecure('oci://reg.internal:5000/cache')).toEqual(uri);
    expect(await insecure('oci://reg.internal:5000/cache', 'reg.internal\nother:5000')).toEqual(uri);
    expect(await insecure('oci://reg.internal:5000/cache?insecure=true')).toEqual({ ...uri, insecure: true });
    expect(await insecure('oci://reg.internal:5000/cache', 'a.b, REG.internal:5000')).toEqual({
      ...uri,
      insecure: true,
    });
    expect(await insecure('oci://reg.internal:5000/cache?share=all')).toEqual({ ...uri, share: 'all' });
  });

  test('classic booleans are true or false and never wrong, as with actions/cache', async () => {
    const inputs = await read({
      ...WITH,
      'lookup-only': 'True',
      'fail-on-cache-miss': 'yes',
      enableCrossOsArchive: '1',
    });
    expect(inputs).toMatchObject({ lookupOnly: true, failOnCacheMiss: false, crossOsArchive: false });
  });

  test('defaults', async () => {
    expect(await read(WITH)).toMatchObject({
      entry: { restoreKeys: [], auto: false, from: [] },
      unsigned: 'warn',
      timeoutMs: 600_000,
    });
  });

  test('the token is masked before anything is told of', async () => {
    const runner = createFakeRunner({ inputs: { 'github-token': 'ghs_x' } });
    await expect(readInputs(runner, fakeRunContext())).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect(runner.masked).toEqual(['ghs_x']);
  });

  test('a password in a URI is not repeated', async () => {
    const message = await read({ ...WITH, store: 'oci://mona:hunter2@ghcr.io/octo-org/app' }).then(
      () => '',
      errorMessage,
    );
    expect(message).toContain('store: ');
    expect(message).not.toContain('hunter2');
  });

  const rows = readWrongInputs(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'));

  test('the README has a table of wrong inputs', () => {
    expect(rows.length).toBeGreaterThan(10);
  });

  test.each(rows)('wrong: $name $shown', async ({ name, value, message }) => {
    await expect(read({ ...WITH, [name]: value })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(message),
    });
  });

  test('all that is wrong comes in one message', async () => {
    const message = await read({ path: '', key: 'a,b', unsigned: 'no', 'key-from': 'lock', config: 'c' }).then(
      () => '',
      errorMessage,
    );
    expect(message).toMatch(/^6 inputs of this step are wrong:/);
    for (const name of ['path', 'key', 'store', 'unsigned', 'key-from', 'config']) {
      expect(message).toContain(`\n- ${name}: `);
    }
  });
});

describe('a workspace that restore-cache cannot derive a key from', () => {
  const rows = readWrongInputs(
    readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'),
    'Keys that derive themselves',
  );

  test('the README has a table of them', () => {
    expect(rows.length).toBeGreaterThan(4);
  });

  test.each(rows)('wrong: $name $shown', async ({ name, value, message }) => {
    const { error } = await step({ key: '', [name]: value });
    expect(error).toMatchObject({ code: 'KEY_NOT_DERIVED', kind: 'user', message: expect.stringContaining(message) });
  });
});
