import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EntryStepDeps } from '@waybill/core/cache';
import { createMemoryStore, type MemoryStore } from '@waybill/core/content';
import { WaybillError } from '@waybill/core/errors';
import type { RunContext } from '@waybill/core/runner';
import { createFakeSnapshots, type FakeSnapshots } from '@waybill/testing/cache';
import { createFakeRunner, type FakeRunner, fakeRunContext, readWrongInputs } from '@waybill/testing/runner';
import { type FakeTools, fakeTools } from '@waybill/testing/tools';
import { readInputs, readJobStatus } from './inputs.ts';
import { readState } from './post-state.ts';
import { run } from './run.ts';
import { isWanted, runPost } from './run-post.ts';

const WITH = { path: 'node_modules', key: 'deps-1', store: 'dir:/nowhere/store' };

let time: number;
let memory: MemoryStore;
let snapshots: FakeSnapshots;
let tools: FakeTools;

beforeEach(() => {
  time = 1000;
  memory = createMemoryStore({ clock: () => time });
  snapshots = createFakeSnapshots('tree');
  tools = fakeTools({});
});

function depsOf(runner: FakeRunner, context: RunContext): EntryStepDeps {
  const machine = { stateDir: undefined, now: () => time, threads: 0, workerEntry: undefined };
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

async function main(inputs: Readonly<Record<string, string>>, context = fakeRunContext()) {
  const runner = createFakeRunner({ inputs: { ...WITH, ...inputs } });
  let error: unknown;
  try {
    await run(await readInputs(runner, context), depsOf(runner, context));
  } catch (thrown) {
    error = thrown;
  }
  return { runner, error };
}

/** The post step as the runner starts it: the state of main, and inputs that were evaluated again. */
async function post(before: FakeRunner, inputs: Readonly<Record<string, string>>, context = fakeRunContext()) {
  const runner = createFakeRunner({ inputs, state: Object.fromEntries(before.saved) });
  const state = readState(runner);
  if (state === undefined) throw new Error('main left no state');
  return { outcome: await runPost(state, readJobStatus(runner), depsOf(runner, context)), runner };
}

const GREEN = { 'job-status': 'success' };
const RED = { 'job-status': 'failure' };

describe('cache', () => {
  test('a miss is saved by the post step, and hit by the next job', async () => {
    const first = await main({});
    expect(first.runner.outputs.get('result')).toBe('miss');
    time += 2000;
    expect((await post(first.runner, GREEN)).outcome).toMatchObject({ result: 'new' });
    expect(new TextDecoder().decode(snapshots.statements[0])).toContain('"buildDuration":2');
    const second = await main({});
    expect(second.runner.outputs.get('cache-hit')).toBe('true');
    const { outcome, runner } = await post(second.runner, GREEN);
    expect(outcome).toMatchObject({ result: 'skipped', reason: 'exact-hit' });
    expect(runner.lines.at(-1)?.message).toBe('Cache hit occurred on the primary key deps-1, not saving cache.');
  });

  test('the post step builds on what main restored', async () => {
    await post((await main({})).runner, GREEN);
    const { runner } = await main({ key: 'deps-2', 'restore-keys': 'deps-' });
    snapshots.tree = 'changed';
    expect((await post(runner, GREEN)).outcome).toMatchObject({ result: 'delta' });
    expect(snapshots.saves.at(-1)?.parent).toEqual(snapshots.restores.at(-1)?.manifest);
  });

  test('post reads no input again: not in nested composites, where all are empty, nor where they changed', async () => {
    const given = {
      path: 'a\n!a/b\na/b/c',
      key: 'deps-9',
      'restore-keys': 'deps-',
      'compression-level': '3',
      'retention-days': '7',
    };
    const { runner } = await main(given);
    await post(runner, { key: 'other', path: 'elsewhere' }, fakeRunContext({ workspace: '/moved', home: '/moved' }));
    const [asked] = snapshots.saves;
    expect(asked?.paths.roots).toEqual([{ name: 'a', dir: '/nowhere/work/app/app/a' }]);
    expect(asked?.paths.includes(0, 'b/c')).toBe(true);
    expect(asked?.paths.includes(0, 'b/d')).toBe(false);
    expect(asked?.compressionLevel).toBe(3);
    expect(asked?.annotations['dev.waybill.name.key']).toBe('deps-9');
  });

  test('save: always sets the variable that lets post-if run the post step of a red job', async () => {
    expect((await main({ save: 'always' })).runner.variables.get('WAYBILL_SAVE_ON_FAILURE')).toBe('true');
    expect((await main({ save: 'auto' })).runner.variables.size).toBe(0);
  });

  test('in a red job only the step with save: always saves', async () => {
    const [auto, always] = [await main({ key: 'a' }), await main({ key: 'b', save: 'always' })];
    const context = fakeRunContext({ saveOnFailure: true });
    expect((await post(auto.runner, RED, context)).outcome).toBeUndefined();
    expect((await post(always.runner, RED, context)).outcome).toMatchObject({ result: 'new' });
    expect(snapshots.saves).toHaveLength(1);
  });

  test.each([
    ['auto', 'success', true, true],
    ['auto', 'failure', true, false],
    ['auto', 'cancelled', true, false],
    ['auto', '', false, true],
    ['auto', '', true, false],
    ['default-branch', 'failure', true, false],
    ['always', 'failure', true, true],
    ['always', '', true, true],
  ] as const)(
    'save: %s, job-status %j, a step with save: always %s: wanted %s',
    (save, status, saveOnFailure, wanted) => {
      expect(isWanted({ save }, status, { saveOnFailure })).toBe(wanted);
    },
  );

  test('save: never and save: default-branch', async () => {
    const topic = fakeRunContext({ ref: 'refs/heads/topic', branch: 'topic' });
    expect((await post((await main({ save: 'never' })).runner, GREEN)).outcome?.reason).toBe('save-never');
    const { runner } = await main({ save: 'default-branch' }, topic);
    expect((await post(runner, GREEN, topic)).outcome?.reason).toBe('other-branch');
    expect(snapshots.saves).toEqual([]);
  });

  test('lookup-only changes nothing of what the post step does', async () => {
    const { runner } = await main({ 'lookup-only': 'true' });
    expect((await post(runner, GREEN)).outcome).toMatchObject({ result: 'new' });
    const hit = await main({ 'lookup-only': 'true' });
    expect((await post(hit.runner, GREEN)).outcome?.reason).toBe('exact-hit');
  });

  test('fail-on-cache-miss fails, with state and variables left for a post step that runs all the same', async () => {
    const { runner, error } = await main({ 'fail-on-cache-miss': 'true', save: 'always' });
    expect(error).toMatchObject({ code: 'CACHE_MISS' });
    expect((await post(runner, RED, fakeRunContext({ saveOnFailure: true }))).outcome).toMatchObject({ result: 'new' });
  });

  test('the tokens that main was given are looked for by the post step', async () => {
    const token = 't'.repeat(20);
    const { runner } = await main({ 'github-token': token });
    await post(runner, GREEN);
    expect(snapshots.saves[0]?.secrets.needles).toEqual([new TextEncoder().encode(token)]);
  });

  test('trouble of the store is a warning in both steps', async () => {
    const context = fakeRunContext();
    const runner = createFakeRunner({ inputs: WITH });
    const broken = { ...depsOf(runner, context), names: { ...memory, find: () => Promise.reject(new Error('gone')) } };
    await run(await readInputs(runner, context), broken);
    expect(runner.lines.map(({ level }) => level)).toEqual(['warning']);
    expect(runner.outputs.get('result')).toBe('error');
  });
});

describe('cache with a key that is derived', () => {
  let workspace: string;

  beforeEach(() => {
    workspace = mkdtempSync(join(tmpdir(), 'waybill-cache-'));
    lock('one');
    tools = fakeTools({ 'node --version': 'v24.1.0\n', 'npm config get cache': '/nowhere/home/.npm\n' });
  });
  afterEach(() => rmSync(workspace, { recursive: true }));

  const lock = (text: string) => writeFileSync(join(workspace, 'package-lock.json'), text);
  const context = () => fakeRunContext({ workspace });
  const PRESET = { path: '', key: '', preset: 'npm' };

  test('a preset saves its folders under its key, and the next job has an exact hit', async () => {
    const first = await main(PRESET, context());
    const key = first.runner.outputs.get('cache-primary-key');
    expect(key).toMatch(/^deps:octo-org\/app:linux-x64:node-24:package-lock\.json:[0-9a-f]{64}$/);
    expect((await post(first.runner, GREEN, context())).outcome).toMatchObject({ result: 'new' });
    expect(snapshots.saves[0]?.paths.patterns).toEqual(['~/.npm/_cacache']);
    const second = await main(PRESET, context());
    expect(second.runner.outputs.get('cache-hit')).toBe('true');
    expect(second.runner.outputs.get('cache-matched-key')).toBe(key);
  });

  test('other contents of the lockfile find the older entry by a derived restore-key', async () => {
    await post((await main(PRESET, context())).runner, GREEN, context());
    lock('two');
    const { runner } = await main(PRESET, context());
    expect(Object.fromEntries(runner.outputs)).toMatchObject({
      'cache-hit': 'false',
      result: 'partial',
      reason: 'restore-key',
    });
  });

  test('post asks no tool, and saves under the key of main though the job changed the lockfile', async () => {
    const { runner } = await main(PRESET, context());
    const key = runner.outputs.get('cache-primary-key');
    const asked = tools.asked();
    lock('changed by the job');
    await post(runner, GREEN, context());
    expect(snapshots.saves[0]?.annotations['dev.waybill.name.key']).toBe(key);
    expect(tools.asked()).toEqual(asked);
    expect(new TextDecoder().decode(snapshots.statements[0])).toContain('"toolchain":{"node":"24"}');
  });

  test('a tool that hangs is a warning and an error of the cache; nothing is left to save', async () => {
    const hangs = new WaybillError('TOOL_TIMEOUT', '`node --version` did not end within 10 s', { kind: 'remote' });
    tools = fakeTools({ 'node --version': hangs, 'npm config get cache': '/nowhere/home/.npm\n' });
    const { runner, error } = await main(PRESET, context());
    expect(error).toBeUndefined();
    expect(Object.fromEntries(runner.outputs)).toMatchObject({ result: 'error', reason: 'timeout' });
    expect(runner.outputs.has('cache-primary-key')).toBe(false);
    expect(runner.lines.map(({ level }) => level)).toEqual(['warning']);
    expect(runner.saved.size).toBe(0);
    const strict = await main({ ...PRESET, 'fail-on-cache-miss': 'true' }, context());
    expect(strict.error).toMatchObject({ code: 'CACHE_MISS', hint: expect.stringContaining('timeout') });
  });

  test('a wrong workspace fails the step before anything is looked up', async () => {
    rmSync(join(workspace, 'package-lock.json'));
    const { runner, error } = await main({ ...PRESET, 'key-from': 'lock:none\ntool:go' }, context());
    expect(error).toMatchObject({ code: 'KEY_NOT_DERIVED', kind: 'user' });
    expect(runner.outputs.size).toBe(0);
  });
});

describe('the inputs of cache', () => {
  const read = async (inputs: Readonly<Record<string, string>>) => {
    const runner = createFakeRunner({ inputs: { ...WITH, ...inputs } });
    return { runner, inputs: await readInputs(runner, fakeRunContext()) };
  };

  test('save-always is accepted, with a message', async () => {
    const { runner } = await read({ 'save-always': 'true' });
    expect(runner.lines).toEqual([{ level: 'warning', message: expect.stringContaining('save: always') }]);
  });

  test('upload-chunk-size is accepted, whatever it says', async () => {
    await expect(read({ 'upload-chunk-size': 'many' })).resolves.toBeDefined();
  });

  test('defaults', async () => {
    expect((await read({})).inputs).toMatchObject({
      save: 'auto',
      compressionLevel: 'auto',
      overwrite: false,
      retentionDays: 90,
      allowSecrets: false,
    });
  });

  const rows = readWrongInputs(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'));

  test('the README has a table of wrong inputs', () => {
    expect(rows.length).toBeGreaterThan(15);
  });

  test.each(rows)('wrong: $name $shown', async ({ name, value, message }) => {
    await expect(read({ [name]: value })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(message),
    });
  });
});

describe('a workspace that cache cannot derive a key from', () => {
  const rows = readWrongInputs(
    readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'),
    'Keys that derive themselves',
  );

  test('the README has a table of them', () => {
    expect(rows.length).toBeGreaterThan(4);
  });

  test.each(rows)('wrong: $name $shown', async ({ name, value, message }) => {
    const { error } = await main({ key: '', [name]: value });
    expect(error).toMatchObject({ code: 'KEY_NOT_DERIVED', kind: 'user', message: expect.stringContaining(message) });
  });
});
