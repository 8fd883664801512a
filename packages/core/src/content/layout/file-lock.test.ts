import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { acquireLock, type LockRules, underLock } from './file-lock.ts';

let folder: string;
let count = 0;
const rules: LockRules = {
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
  random: Math.random,
  nonce: () => `n${(count += 1)}`,
  staleAfterMs: Infinity,
  patienceMs: 1_000_000,
};

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'lock-')), 'lock');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

/** The name of a lock file of this host with another process id. */
async function fileOf(pid: number): Promise<string> {
  const lock = await acquireLock(folder, rules);
  const [mine = ''] = await readdir(folder);
  await lock?.release();
  return [pid, mine.split('.')[1], 'other'].join('.');
}

test('twenty who want it at once get it one by one, and nothing is left', async () => {
  let inside = 0;
  let most = 0;
  let turns = 0;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      underLock(folder, rules, async (lock) => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        expect(await lock.held()).toBe(true);
        inside -= 1;
        turns += 1;
      }),
    ),
  );
  expect([most, turns]).toEqual([1, 20]);
  expect(await readdir(folder)).toEqual([]);
});

test('the lock of a dead process of this host is taken at once, by one of many', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  await writeFile(join(folder, await fileOf(dead)), '');
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 10 }, () =>
      underLock(folder, rules, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      }),
    ),
  );
  expect(most).toBe(1);
});

test('the lock of a living process is waited for, then given up', async () => {
  await writeFile(join(folder, await fileOf(process.pid)), '');
  const impatient = { ...rules, patienceMs: 500 };
  expect(await acquireLock(folder, impatient)).toBeUndefined();
  await expect(underLock(folder, impatient, async () => 'never')).rejects.toMatchObject({ code: 'STORE_BUSY' });
});

test('a lock of another host that never moves is taken after the time of our own waiting, and its owner can tell', async () => {
  const other = await acquireLock(folder, rules);
  await expect(underLock(folder, { ...rules, staleAfterMs: 1000 }, async () => other?.held())).resolves.toBe(false);
});

test('an abort ends the wait', async () => {
  await writeFile(join(folder, await fileOf(process.pid)), '');
  await expect(acquireLock(folder, rules, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});
