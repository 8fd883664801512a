import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { outsideHooks, parseVersion, pinCalls, pushRelease, release } from './release.mjs';

const ACTION = 'name: x\nruns: { using: node24, main: ../../dist/cache/main.js }\n';
const CI = 'on: push\njobs: { a: { runs-on: x, steps: [{ uses: octo-org/waybill@v1 }] } }\n';
const REUSABLE = `on:
  workflow_call:
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: octo-org/waybill/actions/cache@main
      - uses: actions/checkout@v6
`;

let base: string;
let repo: string;
let dist: string;

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'release-test-'));
  repo = path.join(base, 'repo');
  dist = path.join(base, 'built');
  write(dist, { 'index.js': 'export const start = 1;\n', 'cache/main.js': "import '../index.js';\n" });
  git(base, 'init', '--quiet', '--bare', '--initial-branch=main', 'origin');
  git(base, 'init', '--quiet', '--initial-branch=main', 'repo');
  git(repo, 'config', 'user.email', 'tests@localhost');
  git(repo, 'config', 'user.name', 'Tests');
  git(repo, 'remote', 'add', 'origin', path.join(base, 'origin'));
  commit({ '.gitignore': 'dist/\n', 'actions/cache/action.yml': ACTION, '.github/workflows/ci.yml': CI });
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

const run = (version: string, more: object = {}) =>
  release({ repo, version, dist, slug: 'octo-org/waybill', log: () => undefined, ...more });

describe('a release', () => {
  test('is the commit with dist where no reusable workflow calls an action', () => {
    const made = run('1.2.3');
    expect(git(repo, 'rev-parse', 'v1.2.3', 'v1', 'release/v1.2.3').split('\n')).toEqual(Array(3).fill(made?.commit));
    expect(made?.commit).toBe(made?.distCommit);
    expect(git(repo, 'show', 'v1:dist/index.js')).toBe('export const start = 1;');
    expect(git(repo, 'show', 'v1:.github/workflows/ci.yml')).toBe(CI.trim());
    expect(git(repo, 'rev-parse', 'v1.2.3^')).toBe(git(repo, 'rev-parse', 'main'));
  });

  test('lets reusable workflows call the commit with dist by its SHA, in a second commit', () => {
    commit({ '.github/workflows/build-once.yml': REUSABLE });
    const made = run('1.2.3');
    expect(git(repo, 'rev-parse', 'v1.2.3^')).toBe(made?.distCommit);
    const workflow = git(repo, 'show', 'v1.2.3:.github/workflows/build-once.yml');
    expect(workflow).toContain(`- uses: octo-org/waybill/actions/cache@${made?.distCommit} # v1.2.3\n`);
    expect(workflow).toContain('- uses: actions/checkout@v6');
  });

  test('touches neither the work tree nor the branch that is checked out', () => {
    write(repo, { 'notes.txt': 'mine', 'dist/index.js': 'mine' });
    const before = [git(repo, 'status', '--porcelain'), git(repo, 'rev-parse', 'main')];
    run('1.2.3');
    expect([git(repo, 'status', '--porcelain'), git(repo, 'rev-parse', 'main')]).toEqual(before);
    expect(readFileSync(path.join(repo, 'dist/index.js'), 'utf8')).toBe('mine');
    expect(git(repo, 'worktree', 'list').split('\n')).toHaveLength(1);
  });

  test('is never moved', () => {
    run('1.2.3');
    const first = git(repo, 'rev-parse', 'v1.2.3');
    commit({ 'new.txt': 'new' });
    expect(() => run('1.2.3')).toThrow('refs/tags/v1.2.3 exists already');
    expect(git(repo, 'rev-parse', 'v1.2.3')).toBe(first);
  });

  test('moves the major tag forward, and not back', () => {
    run('1.2.3');
    commit({ 'new.txt': 'new' });
    const next = run('1.10.0');
    expect(git(repo, 'rev-parse', 'v1')).toBe(next?.commit);
    commit({ 'newer.txt': 'newer' });
    expect(run('1.2.4')?.major).toBeUndefined();
    expect(run('2.0.0-rc.1')?.major).toBeUndefined();
    expect(git(repo, 'rev-parse', 'v1')).toBe(next?.commit);
  });

  test('leaves nothing behind when dist lacks what an action.yml names', () => {
    rmSync(path.join(dist, 'cache'), { recursive: true });
    expect(() => run('1.2.3')).toThrow('dist lacks cache/main.js');
    expect(git(repo, 'tag')).toBe('');
    expect(git(repo, 'branch', '--list', 'release/*')).toBe('');
    expect(git(repo, 'worktree', 'list').split('\n')).toHaveLength(1);
  });

  test('gives the command line its version, and is refused without it', () => {
    commit({ 'packages/cli/package.json': '{}' });
    expect(() => run('1.2.3')).toThrow('dist lacks cli.js');
    write(dist, { 'cli.js': "import './index.js';\n", 'package.json': '{"type":"module","version":"0.1.0"}\n' });
    run('1.2.3-rc.1');
    expect(git(repo, 'show', 'v1.2.3-rc.1:dist/package.json')).toBe('{"type":"module","version":"1.2.3-rc.1"}');
  });

  test('does nothing in a dry run, but says what it would do', () => {
    commit({ '.github/workflows/build-once.yml': REUSABLE });
    const lines: string[] = [];
    expect(run('1.2.3', { dryRun: true, log: (line: string) => lines.push(line) })).toBeUndefined();
    expect(lines.join('\n')).toMatch(/commit dist\/ on release\/v1\.2\.3\n.*build-once\.yml\n.*v1\.2\.3 and move v1$/s);
    expect(git(repo, 'tag')).toBe('');
  });

  test('is pushed only when asked, and refused where origin has the tag', () => {
    run('1.2.3');
    expect(git(base, '--git-dir', 'origin', 'tag')).toBe('');
    pushRelease(repo, '1.2.3');
    expect(git(base, '--git-dir', 'origin', 'tag').split('\n')).toEqual(['v1', 'v1.2.3']);
    git(repo, 'tag', '--delete', 'v1.2.3');
    git(repo, 'branch', '--quiet', '-D', 'release/v1.2.3');
    expect(() => run('1.2.3', { push: true })).toThrow('origin has the tag v1.2.3 already');
  });
});

describe('the command', () => {
  const command = (...args: string[]) =>
    spawnSync(process.execPath, [path.join(import.meta.dirname, 'release.mjs'), ...args], { encoding: 'utf8' });

  test('explains itself', () => {
    expect(command('--help').stdout).toContain('--dry-run');
  });

  test.each([
    [[], 'expected one version'],
    [['1.2'], '1.2 is no version'],
    [['v1'], 'v1 is no version'],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = command('--repo', repo, ...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  test('makes a release of the repository that it is given', () => {
    expect(command('1.0.0', '--repo', repo, '--dist', dist).status).toBe(0);
    expect(git(repo, 'tag').split('\n')).toEqual(['v1', 'v1.0.0']);
  });
});

test.each(['1.2.3', 'v1.2.3', '0.1.0', '1.2.3-rc.1'])('%s is a version', (text) => {
  expect(parseVersion(text).tag).toBe(`v${text.replace(/^v/, '')}`);
});

test.each([
  ['      - uses: octo-org/waybill@v1', '      - uses: octo-org/waybill@abc # v1.0.0'],
  [
    '        uses: "Octo-Org/waybill/actions/cache@v1" # old',
    '        uses: Octo-Org/waybill/actions/cache@abc # v1.0.0',
  ],
  ['      - uses: octo-org/waybill-extra@v1', '      - uses: octo-org/waybill-extra@v1'],
  ['      - run: echo octo-org/waybill@v1', '      - run: echo octo-org/waybill@v1'],
])('pins %j as %j', (before, after) => {
  expect(pinCalls(before, 'octo-org/waybill', 'abc', 'v1.0.0')).toBe(after);
});

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

function commit(files: Readonly<Record<string, string>>): void {
  write(repo, files);
  git(repo, 'add', '--all');
  git(repo, 'commit', '--quiet', '--message', 'test: a change');
}

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env: outsideHooks(process.env), encoding: 'utf8' }).trim();
}
