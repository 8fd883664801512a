import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fakeTools } from '@waybill/testing/tools';
import { WaybillError } from '../errors/index.ts';
import { deriveKey } from './derive-key.ts';
import type { DerivedKey } from './derived-key.ts';
import { explainKey } from './explain-key.ts';
import type { KeyDeps, KeyRequest } from './key-request.ts';
import { parseKeyFrom } from './key-source.ts';

const TOOLS = {
  'node --version': 'v20.20.2\n',
  'go env GOVERSION': 'go1.26.8\n',
  'rustc -vV': 'release: 1.95.0\n',
  'python3 --version': 'Python 3.11.7\n',
};

describe('a derived key', () => {
  let root: string;
  let tools = fakeTools(TOOLS);

  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), content);
    }
  };
  const derive = (
    keyFrom: readonly string[] = [],
    more: Partial<KeyRequest> = {},
    deps: Partial<KeyDeps> = {},
  ): Promise<DerivedKey> => {
    const from = parseKeyFrom(keyFrom);
    if (!from.ok) throw new Error(from.why);
    const request: KeyRequest = {
      repository: 'octo-org/app',
      platform: 'linux-x64',
      auto: keyFrom.length === 0,
      preset: undefined,
      from: from.value,
      context: { workspace: root, home: path.join(root, 'home'), platform: process.platform },
      ...more,
    };
    return deriveKey(request, { runTool: tools.runTool, env: {}, ...deps });
  };
  const keyOf = async (...args: Parameters<typeof derive>): Promise<string> => (await derive(...args)).key;
  const failure = async (...args: Parameters<typeof derive>): Promise<WaybillError> => {
    const error: unknown = await derive(...args).catch((each: unknown) => each);
    if (error instanceof WaybillError) return error;
    throw new Error('no WaybillError', { cause: error });
  };

  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), 'derive-')));
    tools = fakeTools(TOOLS);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  describe('of lockfiles that were found', () => {
    test('asks only the tools that they call for, in their folder', async () => {
      write({ 'services/api/go.sum': 'a', 'services/web/go.sum': 'b' });
      const { key } = await derive();
      expect(key).toMatch(/^deps:octo-org\/app:linux-x64:go-1\.26\.8:2-lockfiles-[0-9a-f]{12}:/);
      expect(tools.asked()).toEqual(['go env GOVERSION']);
      expect(tools.folders()).toEqual([path.join(root, 'services')]);
    });

    test('counts all package managers at the top, and none that is only below it', async () => {
      write({
        'package-lock.json': 'a',
        'requirements.txt': 'b',
        'examples/go.sum': 'c',
        'packages/a/package-lock.json': 'd',
      });
      expect(await keyOf()).toMatch(/:node-20\+python-3\.11:3-lockfiles-/);
    });

    test('changes with content, name and number of the lockfiles, byte by byte', async () => {
      write({ 'package-lock.json': 'a\n' });
      const keys = [await keyOf()];
      write({ 'package-lock.json': 'a\r\n' });
      keys.push(await keyOf());
      write({ 'packages/a/package-lock.json': 'b' });
      keys.push(await keyOf());
      rmSync(path.join(root, 'packages'), { recursive: true });
      write({ 'packages/b/package-lock.json': 'b' });
      keys.push(await keyOf());
      expect(new Set(keys).size).toBe(4);
    });

    test('changes with repository, platform and tool', async () => {
      write({ 'go.sum': 'a' });
      const keys = [
        await keyOf(),
        await keyOf([], { repository: 'octo-org/other' }),
        await keyOf([], { repository: undefined }),
        await keyOf([], { platform: 'linux-arm64' }),
        await keyOf([], {}, { runTool: fakeTools({ 'go env GOVERSION': 'go1.26.9\n' }).runTool }),
      ];
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys[2]).toMatch(/^deps:local:/);
    });

    test('does not change with times, modes, other files and variables', async () => {
      write({ 'go.sum': 'a' });
      const before = await keyOf();
      utimesSync(path.join(root, 'go.sum'), 1, 1);
      chmodSync(path.join(root, 'go.sum'), 0o600);
      write({ 'main.go': 'package main' });
      expect(await keyOf([], {}, { env: { GOFLAGS: '-mod=mod' } })).toBe(before);
    });

    test('does not fall back beyond the tools, but with a preset', async () => {
      write({ 'go.sum': 'a' });
      const prefix = 'deps:octo-org/app:linux-x64:';
      expect((await derive()).restoreKeys).toEqual([`${prefix}go-1.26.8:go.sum:`, `${prefix}go-1.26.8:`]);
      expect((await derive([], { auto: false, preset: 'go' })).restoreKeys.at(-1)).toBe(prefix);
    });

    test('of a preset passes over those of others', async () => {
      write({ 'package-lock.json': 'a', 'backend/go.sum': 'b' });
      expect(await keyOf([], { preset: 'go' })).toMatch(/:go-1\.26\.8:backend\/go\.sum:/);
      expect(tools.asked()).toEqual(['go env GOVERSION']);
    });

    test('of one package of a monorepo depends on the nearest alone (S2-34)', async () => {
      write({ 'packages/a/package-lock.json': 'a', 'packages/b/package-lock.json': 'b' });
      const before = await keyOf([], { folder: 'packages/a' });
      expect(before).toMatch(/:packages\/a\/package-lock\.json:/);
      write({ 'packages/b/package-lock.json': 'changed' });
      expect(await keyOf([], { folder: './packages/a/' })).toBe(before);
      expect(tools.folders()).toEqual([path.join(root, 'packages', 'a')]);
    });
  });

  describe('of key-from', () => {
    test('depends on what is named, and on nothing else', async () => {
      write({ 'Cargo.lock': 'a', 'package-lock.json': 'b' });
      expect(await keyOf(['lock:Cargo.lock', 'tool:rustc'])).toMatch(/:rustc-1\.95\.0:Cargo\.lock:/);
      expect(await keyOf(['lock:Cargo.lock'])).toMatch(/:linux-x64:-:Cargo\.lock:/);
      expect(tools.asked()).toEqual(['rustc -vV']);
    });

    test('does not depend on the order of the lines, or on lines that say a thing twice', async () => {
      write({ 'a/Cargo.lock': 'a', 'b/Cargo.lock': 'b', x: 'x' });
      const lines = ['lock:a/*.lock', 'lock:**/Cargo.lock', 'file:x', 'env:A', 'tool:rustc'];
      const key = await keyOf(lines);
      expect(await keyOf([...lines.toReversed(), 'env:A', 'tool:rustc'])).toBe(key);
      expect(await keyOf(['lock:*/Cargo.lock', 'file:x', 'env:A', 'tool:rustc'])).toBe(key);
    });

    test('takes a lock instead of a search, with its tools where the key is automatic', async () => {
      write({ 'Cargo.lock': 'a', 'sub/go.sum': 'b' });
      expect(await keyOf(['lock:sub/go.sum'], { auto: true })).toMatch(/:go-1\.26\.8:sub\/go\.sum:/);
      expect(await keyOf(['lock:sub/go.sum'], { preset: 'cargo' })).toMatch(/:rustc-1\.95\.0:sub\/go\.sum:/);
    });

    test('adds everything else to what a preset counts', async () => {
      write({ 'Cargo.lock': 'a', 'build.rs': 'b' });
      const plain = await keyOf([], { preset: 'cargo' });
      const keys = [plain];
      for (const line of ['file:build.rs', 'env:RUSTFLAGS', 'tool:node'])
        keys.push(await keyOf([line], { preset: 'cargo' }));
      expect(new Set(keys).size).toBe(4);
      expect(keys[3]).toMatch(/:node-20\+rustc-1\.95\.0:Cargo\.lock:/);
    });

    test('hashes files: a folder takes all in it, a wildcard does not enter what tools installed', async () => {
      write({ 'src/a.txt': '1', 'src/sub/b.txt': '2', 'src/node_modules/c.txt': '3', 'src/d.md': '4' });
      const names = async (line: string): Promise<readonly string[]> =>
        (await derive([line])).fields.filter(({ kind }) => kind === 'file').map(({ name }) => name);
      expect(await names('file:src')).toEqual(['src/a.txt', 'src/d.md', 'src/sub/b.txt']);
      expect(await names('file:**/*.txt')).toEqual(['src/a.txt', 'src/sub/b.txt']);
      expect(await names('file:src/node_modules/*')).toEqual(['src/node_modules/c.txt']);
    });

    test('takes files outside of the workspace by portable names', async () => {
      write({ 'home/.npmrc': 'a' });
      mkdirSync(path.join(root, 'workspace'));
      const context = {
        workspace: path.join(root, 'workspace'),
        home: path.join(root, 'home'),
        platform: process.platform,
      };
      const { fields } = await derive(['file:~/.npmrc'], { context });
      expect(fields.at(-1)).toMatchObject({ kind: 'file', name: '~/.npmrc' });
    });

    test('counts a symlink as the file it leads to, else as its target', async () => {
      write({ real: 'a', 'folder/x': 'x' });
      symlinkSync('real', path.join(root, 'link'));
      symlinkSync('folder', path.join(root, 'to-folder'));
      const hashOf = async (line: string): Promise<string | undefined> => (await derive([line])).fields.at(-1)?.value;
      expect(await hashOf('file:link')).toBe(await hashOf('file:real'));
      const before = await hashOf('file:to-folder');
      rmSync(path.join(root, 'to-folder'));
      symlinkSync('real-one', path.join(root, 'to-folder'));
      expect(await hashOf('file:to-folder')).not.toBe(before);
    });

    test('tells a variable that is unset from one that is empty, and shows the value of none', async () => {
      const of = (env: Record<string, string>): Promise<DerivedKey> => derive(['env:DEPLOY_TOKEN'], {}, { env });
      const secret = 'a-very-secret-word';
      const all = [await of({}), await of({ DEPLOY_TOKEN: '' }), await of({ DEPLOY_TOKEN: secret })];
      expect(new Set(all.map(({ key }) => key)).size).toBe(3);
      expect(all[0]?.fields.at(-1)).toMatchObject({ kind: 'env', name: 'DEPLOY_TOKEN', value: 'unset' });
      for (const derived of all) expect(JSON.stringify(derived) + explainKey(derived)).not.toContain(secret);
    });
  });

  describe('that cannot be had', () => {
    test.each([
      ['no lockfile', [], {}, 'key: auto: there is no lockfile that it knows in the workspace'],
      [
        'no lockfile of the preset',
        [],
        { preset: 'npm' },
        'preset: npm: there is no package-lock.json or npm-shrinkwrap.json in the workspace',
      ],
      [
        'none near',
        [],
        { preset: 'npm', folder: 'a' },
        'preset: npm: there is no package-lock.json or npm-shrinkwrap.json in a or above it',
      ],
      ['no such file', ['lock:none'], {}, 'key-from: lock:none: there is no such file'],
      ['nothing that a glob matches', ['file:*.proto'], {}, 'key-from: file:*.proto: there is no such file'],
      ['a wrong glob', ['file:a/[z-a]'], {}, 'key-from: file:a/[z-a]: "a/[z-a]": the range in "[z-a]" runs backwards'],
      ['a tool that is missing', ['tool:java'], {}, 'key-from: tool:java: there is no `java` on PATH'],
      ['a folder elsewhere', [], { auto: true, folder: '../b' }, 'folder: "../b" is not a folder of the workspace'],
    ] as const)('for %s: says which', async (_, lines, more, what) => {
      const error = await failure(lines, more);
      expect(error).toMatchObject({ code: 'KEY_NOT_DERIVED', kind: 'user' });
      expect(error.message).toBe(`the key could not be derived:\n- ${what}`);
      expect(error.hint).toMatch(/\.$/);
    });

    test('says who called for a tool', async () => {
      write({ 'web/composer.lock': '' });
      expect((await failure()).message).toContain('- key: auto, for web/composer.lock: there is no `php` on PATH');
      expect((await failure([], { preset: 'composer' })).message).toContain(
        '- preset: composer: there is no `php` on PATH',
      );
    });

    test('asks for python by its other name where there is no such command', async () => {
      write({ 'requirements.txt': '' });
      expect(await keyOf()).toMatch(/:python-3\.11:/);
      expect(tools.asked()).toEqual(['python --version', 'python3 --version']);
    });

    test('tells all that is wrong in one error', async () => {
      const { message } = await failure(['lock:none', 'file:gone', 'tool:java', 'tool:php']);
      expect(message.split('\n')).toHaveLength(5);
    });

    test('for an answer without a version', async () => {
      write({ 'go.sum': '' });
      const { message } = await failure([], {}, { runTool: fakeTools({ 'go env GOVERSION': '\n' }).runTool });
      expect(message).toContain('`go env GOVERSION` answered with something that is no version');
    });

    test('for a tool that hangs is a remote error, unless something else is wrong too', async () => {
      write({ 'go.sum': '' });
      const late = new WaybillError('TOOL_TIMEOUT', '`go env GOVERSION` did not end within 10 s', {
        kind: 'remote',
        hint: 'Run it before.',
      });
      const { runTool } = fakeTools({ 'go env GOVERSION': late });
      const error = await failure([], {}, { runTool });
      expect(error).toMatchObject({
        kind: 'remote',
        hint: expect.stringMatching(/^Run it before\. Or write `key` yourself/),
      });
      expect(error.message).toContain('did not end within 10 s');
      expect((await failure(['file:gone'], { auto: true }, { runTool })).kind).toBe('user');
    });

    test('after an abort rejects with its reason', async () => {
      write({ 'go.sum': '' });
      const reason = new Error('cancelled');
      await expect(derive([], {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    test('needs no lockfile where a file is named', async () => {
      write({ 'package.json': '{}' });
      expect(await keyOf(['file:package.json'], { preset: 'npm' })).toMatch(/:node-20:-:/);
    });
  });
});
