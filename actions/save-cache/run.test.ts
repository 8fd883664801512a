import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore, type MemoryStore } from '@waybill/core/content';
import { createFakeSnapshots, type FakeSnapshots } from '@waybill/testing/cache';
import { createFakeRunner, fakeRunContext, readWrongInputs } from '@waybill/testing/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

const WITH = { path: 'node_modules', key: 'deps-1', store: 'dir:/nowhere/store' };

let memory: MemoryStore;
let snapshots: FakeSnapshots;

beforeEach(() => {
  memory = createMemoryStore({ clock: () => 0 });
  snapshots = createFakeSnapshots('tree');
});

async function step(inputs: Readonly<Record<string, string>>, context = fakeRunContext()) {
  const runner = createFakeRunner({ inputs: { ...WITH, ...inputs } });
  await run(readInputs(runner, context), {
    runner,
    context,
    names: memory,
    store: memory,
    snapshots: async () => snapshots,
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

describe('the inputs of save-cache', () => {
  const rows = readWrongInputs(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'));

  test('the README has a table of wrong inputs', () => {
    expect(rows.length).toBeGreaterThan(10);
  });

  test.each(rows)('wrong: $name $value', ({ name, value, message }) => {
    const wrong = { [name]: value === '(empty)' ? '' : value };
    const runner = createFakeRunner({ inputs: { ...WITH, ...wrong } });
    expect(() => readInputs(runner, fakeRunContext())).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
