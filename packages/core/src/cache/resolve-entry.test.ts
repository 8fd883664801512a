import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeRunner, type FakeRunner, fakeRunContext } from '@waybill/testing/runner';
import { type FakeTools, fakeTools } from '@waybill/testing/tools';
import { WaybillError } from '../errors/index.ts';
import { InputReader } from '../runner/index.ts';
import { readEntry } from './entry-inputs.ts';
import { type ResolveEntryDeps, resolveEntry, unresolved } from './resolve-entry.ts';

const NAMES = {
  path: 'path',
  alias: 'paths',
  key: 'key',
  restoreKeys: 'restore-keys',
  preset: 'preset',
  from: 'key-from',
};

let workspace: string;
let tools: FakeTools;
let runner: FakeRunner;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'waybill-entry-'));
  writeFileSync(join(workspace, 'package-lock.json'), '{}');
  tools = fakeTools({ 'node --version': 'v24.1.0\n', 'npm config get cache': '/nowhere/home/.npm\n' });
});
afterEach(() => rmSync(workspace, { recursive: true }));

async function resolve(inputs: Readonly<Record<string, string>>, options: { crossOsArchive?: boolean } = {}) {
  runner = createFakeRunner({ inputs });
  const context = fakeRunContext({ workspace });
  const reader = new InputReader(runner);
  const entry = await readEntry(reader, NAMES, context);
  reader.finish();
  const loaded: string[] = [];
  const deps: ResolveEntryDeps = {
    runner,
    context,
    tools: async () => {
      loaded.push('tools');
      return { runTool: tools.runTool, env: { MODE: 'release' } };
    },
  };
  return { entry: await resolveEntry({ ...entry, crossOsArchive: options.crossOsArchive === true }, deps), loaded };
}

describe('the entry that a step means', () => {
  test('is what the step says, and no tool is loaded, where it says path and key', async () => {
    const { entry, loaded } = await resolve({ path: 'a', key: 'k', 'restore-keys': 'k-', preset: 'npm' });
    expect(entry).toMatchObject({ key: 'k', restoreKeys: ['k-'], path: { lines: ['a'] } });
    expect(loaded).toEqual([]);
    expect(runner.lines).toEqual([]);
  });

  test('a preset gives path, key and restore-keys', async () => {
    const { entry } = await resolve({ preset: 'npm' });
    expect(entry.path.lines).toEqual(['/nowhere/home/.npm/_cacache']);
    expect(entry.path.set.patterns).toEqual(['~/.npm/_cacache']);
    expect(entry.key).toMatch(/^deps:octo-org\/app:linux-x64:node-24:package-lock\.json:[0-9a-f]{64}$/);
    expect(entry.restoreKeys).toEqual([
      'deps:octo-org/app:linux-x64:node-24:package-lock.json:',
      'deps:octo-org/app:linux-x64:node-24:',
      'deps:octo-org/app:linux-x64:',
    ]);
    expect(entry.toolchain).toEqual({ node: '24' });
  });

  test('what is given wins over what a preset says', async () => {
    const { entry } = await resolve({ preset: 'npm', path: 'node_modules', 'restore-keys': 'mine-' });
    expect(entry.path.lines).toEqual(['node_modules']);
    expect(entry.restoreKeys).toEqual(['mine-']);
    expect(tools.asked()).toEqual(['node --version']);
  });

  test('a given key needs no version and no lockfile: only the folders are asked for', async () => {
    rmSync(join(workspace, 'package-lock.json'));
    const { entry } = await resolve({ preset: 'npm', key: 'mine' });
    expect(entry).toMatchObject({ key: 'mine', restoreKeys: [], path: { lines: ['/nowhere/home/.npm/_cacache'] } });
    expect(tools.asked()).toEqual(['npm config get cache']);
  });

  test('key-from beside a given key is told to have no effect', async () => {
    await resolve({ path: 'a', key: 'k', 'key-from': 'tool:node' });
    expect(runner.lines).toEqual([{ level: 'notice', message: expect.stringContaining('`key-from` has no effect') }]);
  });

  test('key: auto takes the lockfiles of the workspace, and key-from comes on top', async () => {
    const auto = (await resolve({ path: 'a', key: 'auto' })).entry;
    expect(auto.key).toContain(':node-24:package-lock.json:');
    const more = (await resolve({ path: 'a', key: 'auto', 'key-from': 'env:MODE' })).entry;
    expect(more.key).not.toBe(auto.key);
    expect(more.restoreKeys).toEqual(auto.restoreKeys);
  });

  test('key-from alone, with an empty key', async () => {
    const { entry } = await resolve({ path: 'a', 'key-from': '# what counts\ntool:node' });
    expect(entry.key).toMatch(/^deps:octo-org\/app:linux-x64:node-24:-:[0-9a-f]{64}$/);
    expect(entry.lockfileHash).toBeUndefined();
  });

  test('enableCrossOsArchive takes the platform out of the key', async () => {
    const { entry } = await resolve({ preset: 'npm' }, { crossOsArchive: true });
    expect(entry.key).toContain(':any:node-24:');
  });

  test('of several lockfiles names and contents are in the one hash', async () => {
    const one = (await resolve({ preset: 'npm' })).entry.lockfileHash;
    writeFileSync(join(workspace, 'npm-shrinkwrap.json'), '{}');
    const two = (await resolve({ preset: 'npm' })).entry.lockfileHash;
    expect(one).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(two).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(two).not.toBe(one);
  });

  test('the log explains the key, and says what was asked in vain', async () => {
    tools = fakeTools({ 'node --version': 'v24.1.0\n' });
    const { entry } = await resolve({ preset: 'npm' });
    const log = runner.lines.map(({ message }) => message).join('\n');
    expect(log).toContain(`key: ${entry.key}`);
    expect(log).toMatch(/tool node +24 +`node --version`/);
    expect(log).toContain('there is no `npm` on PATH: the default counts, ~/.npm');
    expect(log).toContain('path: "~/.npm/_cacache"');
  });
});

describe('an entry that could not be derived', () => {
  const error = (kind: 'user' | 'remote') => new WaybillError('KEY_NOT_DERIVED', 'no key', { kind, hint: 'Do this.' });

  test('fails the step where the workflow must change', () => {
    const user = error('user');
    expect(() => unresolved(user, 'saved', { runner: createFakeRunner() })).toThrow(user);
  });

  test('costs only the cache where a tool did not answer', () => {
    const fake = createFakeRunner();
    expect(unresolved(error('remote'), 'saved', { runner: fake })).toEqual({ result: 'error', reason: 'timeout' });
    expect(fake.lines).toEqual([{ level: 'warning', message: 'nothing is saved (timeout): no key\nDo this.' }]);
  });

  test('is no news in a job that was cancelled', () => {
    const fake = createFakeRunner();
    const deps = { runner: fake, signal: AbortSignal.abort() };
    expect(unresolved(new Error('aborted'), 'restored', deps)).toEqual({ result: 'skipped', reason: '' });
    expect(fake.lines.map(({ level }) => level)).toEqual(['info']);
  });
});
