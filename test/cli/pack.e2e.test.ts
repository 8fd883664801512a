import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { diffTrees, makeManyFiles, treeFingerprint } from '@waybill/testing/trees';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the packed command line', () => {
  let base = '';
  let env: Record<string, string> = {};
  const folder = (name: string) => join(base, name);

  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'waybill-pack-'));
    for (const name of ['empty', 'home', 'work']) mkdirSync(folder(name));
    // The Node of this test first, whatever else the machine has.
    env = { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, HOME: folder('home') };
    execFileSync('npm', ['pack', '--silent', '--pack-destination', base], {
      cwd: join(ROOT, 'packages', 'cli'),
      env: { ...process.env, ...env, HOME: process.env['HOME'] ?? '' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [packed] = readdirSync(base).filter((name) => name.endsWith('.tgz'));
    // Offline and into an empty folder: all that it needs is in it.
    execFileSync('npm', ['install', '--offline', '--silent', '--no-audit', '--no-fund', join(base, packed ?? '')], {
      cwd: folder('empty'),
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  const waybill = (...args: string[]) => {
    const program = join(folder('empty'), 'node_modules', '.bin', 'waybill');
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder('work'), env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  test('brings no dependencies, no sources and its licence', () => {
    const modules = join(folder('empty'), 'node_modules');
    expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['@waybill']);
    expect(readdirSync(join(modules, '@waybill'))).toEqual(['cli']);
    expect(readdirSync(join(modules, '@waybill', 'cli')).sort()).toEqual([
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'package.json',
    ]);
    expect(readFileSync(join(modules, '@waybill', 'cli', 'LICENSE'))).toEqual(readFileSync(join(ROOT, 'LICENSE')));
  });

  test('says its version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'packages', 'cli', 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(waybill('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('explains itself: commands, exit codes, and each command with options and examples', () => {
    const { status, stdout, stderr } = waybill('--help');
    expect([status, stderr]).toEqual([0, '']);
    for (const part of ['Usage: waybill COMMAND', 'cache save', 'doctor', 'WAYBILL_STORE'])
      expect(stdout).toContain(part);
    const codes = [...stdout.slice(stdout.indexOf('Exit codes:')).matchAll(/^ +(\d+) {2}\S/gm)].map(([, code]) =>
      Number(code),
    );
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 70, 130]);
    for (const command of [['cache', 'save'], ['doctor']]) {
      const help = waybill(...command, '--help');
      expect(help).toMatchObject({ status: 0, stderr: '' });
      for (const part of ['Options:', 'Examples:', 'Exit codes:', '--json']) expect(help.stdout).toContain(part);
    }
  });

  test('ends with the codes that its help tells', () => {
    expect(waybill('cache', 'restore', 'none', 'tree').status).toBe(1);
    expect(waybill('cache', 'sve').status).toBe(2);
    writeFileSync(join(folder('work'), 'file'), '');
    expect(waybill('cache', 'list', '--store', 'dir:file/store').status).toBe(3);
  });

  test('says what package it is, and what it needs', () => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(folder('empty'), 'node_modules', '@waybill', 'cli', 'package.json'), 'utf8'),
    );
    expect(manifest).toMatchObject({
      name: '@waybill/cli',
      license: 'Apache-2.0',
      bin: { waybill: 'bin/waybill.js' },
      engines: { node: '>=22.15' },
    });
    expect(manifest).not.toHaveProperty('dependencies');
  });

  test('saves and restores a tree that is worth several threads, and verifies what it stored', async () => {
    const tree = join(folder('work'), 'tree');
    await makeManyFiles({ dir: tree, seed: 7, files: 3000, folders: 200, totalBytes: 60_000_000 });
    const before = await treeFingerprint(tree);
    expect(waybill('cache', 'save', 'k-1', 'tree')).toMatchObject({ status: 0 });
    rmSync(tree, { recursive: true });
    expect(waybill('cache', 'restore', 'k-1', 'tree')).toMatchObject({ status: 0 });
    expect(diffTrees(before, await treeFingerprint(tree))).toEqual([]);
    expect(waybill('cache', 'verify', '--json')).toMatchObject({ status: 0 });
  });

  test('derives a key', () => {
    writeFileSync(join(folder('work'), 'package-lock.json'), '{}');
    const { status, stdout } = waybill('cache', 'key', '--preset', 'npm');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^deps:local:\S+:node-\d+:\S+\n/)]);
  });

  test('finds all in order, and misses with 1', () => {
    expect(waybill('doctor')).toMatchObject({ status: 0, stderr: '' });
    expect(waybill('cache', 'restore', 'nothing', 'tree')).toMatchObject({ status: 1 });
    expect(existsSync(join(folder('home'), '.cache', 'waybill', 'oci-layout'))).toBe(true);
  });
});
