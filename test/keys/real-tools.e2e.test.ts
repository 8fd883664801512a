import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deriveKey, findPresetPaths, type KeyDeps, type KeyRequest, type PresetName } from '@waybill/core/keys';
import { parsePaths } from '@waybill/core/paths';
import { createRunTool } from '@waybill/core/proc';

/** A preset, its lockfile, its tool, and the same tool asked for its version in another way. */
const PRESETS: readonly (readonly [PresetName, string, string, readonly [string, ...string[]]])[] = [
  ['npm', 'package-lock.json', 'node', ['node', '-p', 'process.versions.node.split(".")[0]']],
  ['go', 'go.sum', 'go', ['go', 'env', '-json', 'GOVERSION']],
  ['pip', 'requirements.txt', 'python', ['python3', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])']],
  ['cargo', 'Cargo.lock', 'rustc', ['rustc', '--version']],
];

describe('the tools of this machine', () => {
  let root: string;
  // npm hands its own settings down to scripts (npm_config_cache), where they would win over a project's.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const deps: KeyDeps = { runTool: createRunTool({ env, platform: process.platform }), env };
  const request = (preset: PresetName | undefined, workspace = root): KeyRequest => ({
    repository: 'octo-org/app',
    platform: 'linux-x64',
    auto: preset === undefined,
    preset,
    from: [],
    context: { workspace, home: homedir(), platform: process.platform },
  });
  const ask = ([command, ...args]: readonly [string, ...string[]]): string =>
    execFileSync(command, args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), 'tools-')));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test.each(PRESETS)('%s: the key names the version that %s calls for', async (preset, lockfile, tool, otherWay) => {
    writeFileSync(path.join(root, lockfile), 'of no meaning here\n');
    const { key, fields } = await deriveKey(request(preset), deps);
    const version = fields.find(({ kind }) => kind === 'tool')?.value ?? '';
    expect(version).toMatch(/^\d+(\.\d+)*$/);
    expect(ask(otherWay).split(/[^\d.]+/)).toContain(version);
    expect(key).toMatch(/^deps:octo-org\/app:linux-x64:[a-z]+-[\d.]+:[\w.-]+:[0-9a-f]{64}$/);
    expect(key).toContain(`:${tool}-${version}:${lockfile}:`);
  });

  test('auto names them all, from one workspace', async () => {
    for (const [, lockfile] of PRESETS) writeFileSync(path.join(root, lockfile), 'x');
    const { key } = await deriveKey(request(undefined), deps);
    expect(key).toMatch(/:go-[\d.]+\+node-\d+\+python-\d+\.\d+\+rustc-[\d.]+:4-lockfiles-/);
  });

  test.each<readonly [PresetName, readonly [string, ...string[]], string]>([
    ['npm', ['npm', 'config', 'get', 'cache', '--location=user'], '/_cacache'],
    ['go', ['go', 'env', 'GOCACHE'], ''],
    ['pip', ['python3', '-m', 'pip', 'cache', 'dir'], ''],
  ])('%s tells where its cache is', async (preset, otherWay, part) => {
    const { lines, notes } = await findPresetPaths(request(preset), deps);
    expect(notes).toEqual([]);
    expect(lines.at(-1)).toBe(`${ask(otherWay)}${part}`);
    expect(parsePaths(lines, request(preset).context).roots).toHaveLength(lines.length);
  });

  test('npm answers for the project that a lockfile belongs to', async () => {
    const project = path.join(root, 'web');
    mkdirSync(project);
    writeFileSync(path.join(project, '.npmrc'), `cache=${root}/elsewhere\n`);
    writeFileSync(path.join(project, 'package.json'), '{}');
    writeFileSync(path.join(project, 'package-lock.json'), '{}');
    expect(await findPresetPaths(request('npm'), deps)).toEqual({ lines: [`${root}/elsewhere/_cacache`], notes: [] });
  });
});
