import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

let base: string;
let workspace: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'waybill-cli-'));
  workspace = join(base, 'work');
  mkdirSync(join(workspace, 'tree'), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the real program, in a home of its own. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: workspace,
    // By the environment, so that worker threads read the sources too and not a build that may be missing or old.
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: join(base, 'home'),
      NODE_OPTIONS: '--conditions=source',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: ending(child) };
}

function ending(child: ChildProcess): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

const run = (...args: string[]) => start(args).ended;
const store = () => join(base, 'home', '.cache', 'waybill');

describe('the program', () => {
  test('saves, lists, restores, verifies and deletes, in the store of this user', async () => {
    writeFileSync(join(workspace, 'tree', 'a.txt'), 'hello');
    const saved = await run('cache', 'save', 'k-1', 'tree', '--json');
    expect(saved).toMatchObject({ code: 0, out: expect.stringContaining('"result": "new"') });
    expect(existsSync(join(store(), 'oci-layout'))).toBe(true);
    expect((await run('cache', 'list')).out).toMatch(/^KEY .*\nk-1 +5 B /);

    rmSync(join(workspace, 'tree'), { recursive: true });
    expect(await run('cache', 'restore', 'k-1', 'tree')).toMatchObject({ code: 0 });
    expect(readFileSync(join(workspace, 'tree', 'a.txt'), 'utf8')).toBe('hello');
    expect((await run('cache', 'show', 'k-1')).out).toContain('urn:waybill:predicate:snapshot:v1');

    expect(await run('cache', 'verify')).toMatchObject({ code: 0, out: expect.stringContaining('nothing is wrong') });
    expect(await run('cache', 'delete', 'k-1', '--yes')).toMatchObject({ code: 0 });
    expect(await run('cache', 'restore', 'k-1', 'tree')).toMatchObject({ code: 1 });
  });

  test('ends with 4 where a stored bit has flipped, and says where', async () => {
    writeFileSync(join(workspace, 'tree', 'a.txt'), 'hello'.repeat(1000));
    await run('cache', 'save', 'k-1', 'tree');
    const blobs = join(store(), 'blobs', 'sha256');
    const spoilt = readdirSync(blobs).find((name) => readFileSync(join(blobs, name)).length > 100);
    const file = join(blobs, spoilt ?? '');
    const bytes = readFileSync(file);
    bytes[50] = (bytes[50] ?? 0) ^ 1;
    rmSync(file);
    writeFileSync(file, bytes);
    expect(await run('cache', 'verify', 'k-1')).toMatchObject({ code: 4, out: expect.stringContaining(spoilt ?? '') });
  });

  test('ends with 2 for wrong usage, and says so on standard error alone', async () => {
    expect(await run('cache', 'lst')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('list') });
  });

  test('ends with 3 where the store cannot be written', async () => {
    writeFileSync(join(base, 'file'), '');
    writeFileSync(join(workspace, 'tree', 'a.txt'), 'hello');
    expect(await run('cache', 'save', 'k', 'tree', '--store', `dir:${join(base, 'file', 'store')}`)).toMatchObject({
      code: 3,
    });
  });

  test('ends with 2 on a runner without a store', async () => {
    const { ended } = start(['cache', 'list'], { GITHUB_ACTIONS: 'true' });
    expect(await ended).toMatchObject({ code: 2, err: expect.stringContaining('STORE_MISSING') });
  });

  test('says its version and its help without a line on standard error', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await run('--version')).toEqual({ code: 0, signal: null, out: `${version}\n`, err: '' });
    expect(await run('cache', 'save', '--help')).toMatchObject({ code: 0, err: '' });
  });

  test('writes no escape sequences where nobody looks at a terminal', async () => {
    const { out, err } = await run('doctor');
    expect(`${out}${err}`).not.toContain('\u001b');
  });

  test('bears that its reader goes away', async () => {
    const { child, ended } = start(['help']);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  test('stopped by Ctrl-C in the middle of a save ends with 130 by itself, and leaves nothing half-written', async () => {
    // Long work: many packs of what is nowhere twice, at a high level.
    for (let n = 0; n < 60; n++) {
      writeFileSync(
        join(workspace, 'tree', `${n}.txt`),
        createHash('shake256', { outputLength: 1e6 }).update(`${n}`).digest('hex'),
      );
    }
    const { child, ended } = start(['cache', 'save', 'k-1', 'tree', '--level', '12', '--json']);
    let isOver = false;
    void ended.then(() => (isOver = true));
    const blobs = join(store(), 'blobs', 'sha256');
    await until(() => isOver || (existsSync(blobs) && readdirSync(blobs).length > 0));
    expect(isOver ? await ended : 'running').toBe('running');
    child.kill('SIGINT');
    const { code, signal, out } = await ended;
    expect([code, signal]).toEqual([130, null]);
    expect(JSON.parse(out)).toEqual({ error: { code: 'INTERRUPTED', message: 'interrupted' } });
    const underway = join(store(), 'waybill', 'tmp');
    expect(existsSync(underway) ? readdirSync(underway) : []).toEqual([]);
    expect((await run('cache', 'list', '--json')).out).toContain('"total": 0');
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
