import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore, type MemoryStore } from '@waybill/core/content';
import { WaybillError } from '@waybill/core/errors';
import { createFakeSnapshots, type FakeSnapshots } from '@waybill/testing/cache';
import { createFakeRunner, fakeRunContext, readWrongInputs } from '@waybill/testing/runner';
import { fakeTools } from '@waybill/testing/tools';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

const WITH = { path: 'node_modules', key: 'deps-1', store: 'dir:/nowhere/store' };

let memory: MemoryStore;
let snapshots: FakeSnapshots;

beforeEach(() => {
  memory = createMemoryStore({ clock: () => 0 });
  snapshots = createFakeSnapshots('tree');
});

async function step(inputs: Readonly<Record<string, string>>, context = fakeRunContext(), tools = fakeTools({})) {
  const runner = createFakeRunner({ inputs: { ...WITH, ...inputs } });
  await run(await readInputs(runner, context), {
    runner,
    context,
    names: memory,
    store: memory,
    snapshots: async () => snapshots,
    tools: async () => ({ runTool: tools.runTool, env: {} }),
    machine: { stateDir: undefined, now: () => 0, threads: 0, workerEntry: undefined },
  });
  return runner;
}

describe('save-cache', () => {
  test('a save sets every output, and adds a line to the summary', async () => {
    const { outputs, summaries } = await step({});
    expect(Object.fromEntries(outputs)).toEqual({
      result: 'new',
      reason: '',
      digest: expect.stringMatching(/^sha256:/),
      'uploaded-bytes': '4',
      'reused-bytes': '0',
      'duration-ms': '0',
    });
    expect(summaries).toEqual([expect.stringContaining('`deps-1`: **new**')]);
  });

  test('a key that exists is skipped, overwrite replaces it', async () => {
    await step({});
    expect((await step({})).outputs.get('reason')).toBe('exists');
    snapshots.tree = 'other';
    expect((await step({ overwrite: 'true' })).outputs.get('result')).toBe('delta');
  });

  test('trouble with the cache is a warning and an output', async () => {
    snapshots.failure = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const { outputs, lines } = await step({});
    expect(outputs.get('result')).toBe('error');
    expect(outputs.has('digest')).toBe(false);
    expect(lines).toEqual([{ level: 'warning', message: expect.stringContaining('(disk-full): no space') }]);
  });

  test('every token that the step was given is looked for in the files', async () => {
    const [a, b] = ['a'.repeat(20), 'b'.repeat(20)];
    const runner = await step({ 'github-token': a }, fakeRunContext({ tokens: [b] }));
    expect(snapshots.saves[0]?.secrets.needles).toEqual([a, b].map((token) => new TextEncoder().encode(token)));
    expect(runner.masked).toEqual([a]);
  });

  test('inputs of the save reach it', async () => {
    await step({ 'compression-level': '7', 'allow-secrets': 'True', 'retention-days': '2', 'upload-chunk-size': 'x' });
    expect(snapshots.saves[0]).toMatchObject({ compressionLevel: 7, secrets: { allow: true } });
    for await (const record of memory.list({ kind: 'cache' })) expect(record.expiresAt).toBe(2 * 86_400_000);
    expect.assertions(2);
  });
});

describe('save-cache with a key that is derived', () => {
  let workspace: string;

  beforeEach(() => {
    workspace = mkdtempSync(join(tmpdir(), 'waybill-save-'));
    writeFileSync(join(workspace, 'go.sum'), 'example.org/a v1.0.0 h1:x=\n');
  });
  afterEach(() => rmSync(workspace, { recursive: true }));

  const context = () => fakeRunContext({ workspace });
  const answers = {
    'go env GOVERSION': 'go1.26.1\n',
    'go env GOMODCACHE': '/nowhere/home/go/pkg/mod\n',
    'go env GOCACHE': '/nowhere/home/.cache/go-build\n',
  };

  test('S2-8: the entry has key, paths, versions and the hash of the lockfile', async () => {
    await step({ path: '', key: '', preset: 'go' }, context(), fakeTools(answers));
    expect(snapshots.saves[0]?.paths.patterns).toEqual(['~/.cache/go-build', '~/go/pkg/mod']);
    const records = [];
    for await (const record of memory.list({ kind: 'cache' })) records.push(record);
    expect(records).toHaveLength(1);
    expect(records[0]?.name.key).toMatch(/^deps:octo-org\/app:linux-x64:go-1\.26\.1:go\.sum:[0-9a-f]{64}$/);
    expect(records[0]?.fields).toMatchObject({
      toolchain: 'go-1.26.1',
      lockfileHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });

  test('a tool that hangs is a warning, and nothing is saved', async () => {
    const hangs = new WaybillError('TOOL_TIMEOUT', '`go env GOVERSION` did not end within 10 s', { kind: 'remote' });
    const tools = fakeTools({ ...answers, 'go env GOVERSION': hangs });
    const { outputs, lines, summaries } = await step({ path: '', key: '', preset: 'go' }, context(), tools);
    expect(Object.fromEntries(outputs)).toMatchObject({ result: 'error', reason: 'timeout' });
    expect(lines).toEqual([{ level: 'warning', message: expect.stringContaining('did not end within 10 s') }]);
    expect(summaries).toEqual([expect.stringContaining('a key that was not derived: **error** (timeout)')]);
    expect(snapshots.saves).toEqual([]);
  });
});

describe('the inputs of save-cache', () => {
  const rows = readWrongInputs(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'));

  test('the README has a table of wrong inputs', () => {
    expect(rows.length).toBeGreaterThan(10);
  });

  test.each(rows)('wrong: $name $shown', async ({ name, value, message }) => {
    const wrong = { [name]: value };
    const runner = createFakeRunner({ inputs: { ...WITH, ...wrong } });
    await expect(readInputs(runner, fakeRunContext())).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(message),
    });
  });
});

describe('a workspace that save-cache cannot derive a key from', () => {
  const rows = readWrongInputs(
    readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'),
    'Keys that derive themselves',
  );

  test('the README has a table of them', () => {
    expect(rows.length).toBeGreaterThan(4);
  });

  test.each(rows)('wrong: $name $shown', async ({ name, value, message }) => {
    const error: unknown = await step({ key: '', [name]: value }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'KEY_NOT_DERIVED', kind: 'user', message: expect.stringContaining(message) });
  });
});
