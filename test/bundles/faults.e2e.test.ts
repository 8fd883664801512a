import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { StepRun } from '@waybill/testing/action-runner';
import { createRandom } from '@waybill/testing/trees';
import { filesUnderway, openSite, type Site, shown, stagingFolders, storeProblems, told } from './site.ts';

const ROOT_USER = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };

let site: Site;
const mounts: string[] = [];
afterEach(() => {
  for (const dir of mounts.splice(0)) spawnSync('umount', [dir]);
  site.remove();
});

describe('a store that lets us down', () => {
  test('that may not be written: the save warns, the job goes on, and what it holds is restored', async () => {
    site = openSite(ROOT_USER ? { user: NOBODY } : {});
    site.plant({ 'a.txt': 'one' });
    await site.step('save-cache', { key: 'k-1' });
    setModes(site.store, 0o555, 0o444);
    try {
      site.plant({ 'a.txt': 'two' });
      expectWarned(await site.step('save-cache', { key: 'k-2' }), ['error/denied', 'refused/read-only']);
      const hit = await site.step('restore-cache', { key: 'k-1' }, 'other');
      expect(`${told(hit)}\n${shown(hit)}`).toMatch(/^exact\/\n/);
      expect(storeProblems(site.store)).toEqual([]);
    } finally {
      setModes(site.store, 0o755, 0o644);
    }
  });

  test('that may not even be made: both directions warn and stay green', async () => {
    site = openSite(ROOT_USER ? { user: NOBODY } : {});
    site.plant({ 'a.txt': 'one' });
    const closed = join(site.base, 'closed');
    mkdirSync(closed, { mode: 0o555 });
    const store = `dir:${closed}/store`;
    const save = await site.step('save-cache', { key: 'k-1', store });
    expect(save.outcome).toBe('success');
    expect(save.outputs['result']).toMatch(/^(error|refused)$/);
    const restore = await site.step('restore-cache', { key: 'k-1', store }, 'other');
    expect(restore.outcome).toBe('success');
    expect(restore.outputs).not.toHaveProperty('cache-hit');
  });

  test('that is a file: both directions warn and stay green', async () => {
    site = openSite();
    site.plant({ 'a.txt': 'one' });
    writeFileSync(site.store, 'not a folder');
    expectWarned(await site.step('save-cache', { key: 'k-1' }));
    const restore = await site.step('restore-cache', { key: 'k-1' }, 'other');
    expect(restore.outcome).toBe('success');
    expect(restore.outputs).not.toHaveProperty('cache-hit');
  });

  test('that was removed between main and post: post saves into a new one', async () => {
    site = openSite();
    site.plant({ 'a.txt': 'one' });
    await site.step('save-cache', { key: 'k-1' });
    const job = await site.job();
    await job.run(site.request('cache', { key: 'k-2', 'restore-keys': 'k-' }));
    rmSync(site.store, { recursive: true });
    site.plant({ 'b.txt': 'two' });
    const [post] = await job.finish();
    expect(post?.outcome).toBe('success');
    const hit = await site.step('restore-cache', { key: 'k-2' }, 'other');
    expect(`${told(hit)}\n${shown(hit)}`).toMatch(/^exact\/\n/);
    expect(storeProblems(site.store)).toEqual([]);
  });

  test.each<[string, (file: string) => void]>([
    ['cut short', (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['emptied', (file) => truncateSync(file, 0)],
    ['grown', (file) => truncateSync(file, statSync(file).size + 1)],
    ['gone', (file) => rmSync(file)],
  ])('of which any one blob is %s: a clean miss, and the next save heals it', async (_, damage) => {
    site = openSite();
    site.plant({ 'a.bin': noise(2 << 20), 'b.txt': 'two' });
    await site.step('save-cache', { key: 'k-1' });
    const folder = join(site.store, 'blobs', 'sha256');
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
      const whole = readFileSync(file);
      damage(file);
      const miss = await site.step('restore-cache', { key: 'k-1' }, 'other');
      expect(miss.outcome).toBe('success');
      expect(['miss/corrupt', 'miss/evicted', 'exact/']).toContain(told(miss));
      if (told(miss) === 'exact/') {
        // No restore reads it: the statement, the empty config.
        writeFileSync(file, whole);
        rmSync(join(site.workspace('other'), 'tree'), { recursive: true });
        continue;
      }
      expect(readdirSync(site.workspace('other'))).toEqual([]);
      expect((await site.step('save-cache', { key: 'k-1' })).outputs['result']).toMatch(/^(new|delta|unchanged)$/);
      expect((await site.step('restore-cache', { key: 'k-1' }, 'healed')).outputs['result']).toBe('exact');
      rmSync(join(site.workspace('healed'), 'tree'), { recursive: true });
    }
    expect(storeProblems(site.store)).toEqual([]);
  });
});

describe('a full disk', () => {
  test('under the store: the save warns, leaves nothing underway, and a smaller one fits', async () => {
    site = openSite();
    mountSmall(site.store, '16m');
    site.plant({ 'big.bin': noise(40 << 20) });
    expectWarned(await site.step('save-cache', { key: 'k-1' }), ['error/disk-full']);
    expect(filesUnderway(site.store)).toEqual([]);
    expect(storeProblems(site.store)).toEqual([]);
    expect((await site.step('restore-cache', { key: 'k-1' }, 'look')).outputs['result']).toBe('miss');
    site.plant({ 'big.bin': noise(1 << 20) });
    const small = await site.step('save-cache', { key: 'k-2' });
    expect(`${told(small)}\n${shown(small)}`).toMatch(/^new\/\n/);
  });

  test('under the workspace: the restore warns and leaves neither files nor staging folders', async () => {
    site = openSite();
    site.plant({ 'big.bin': noise(40 << 20) });
    await site.step('save-cache', { key: 'k-1' });
    const small = join(site.workspace('small'));
    mountSmall(small, '16m');
    const run = await site.step('restore-cache', { key: 'k-1' }, 'small');
    expectWarned(run, ['error/disk-full']);
    expect(run.outputs).not.toHaveProperty('cache-hit');
    expect(readdirSync(small)).toEqual([]);
    expect(stagingFolders(site.workspace('small'))).toEqual([]);
  });

  test('by the number of files: the restore warns and leaves nothing', async () => {
    site = openSite();
    site.plant(Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`f${index}`, String(index)])));
    await site.step('save-cache', { key: 'k-1' });
    mountSmall(site.workspace('small'), '64m,nr_inodes=300');
    const run = await site.step('restore-cache', { key: 'k-1' }, 'small');
    expectWarned(run, ['error/disk-full']);
    expect(readdirSync(site.workspace('small'))).toEqual([]);
  });
});

/** Green, with a warning that people see, and the outcome told. */
function expectWarned(run: StepRun, outcomes?: readonly string[]): void {
  expect(`${run.outcome}\n${shown(run)}`).toMatch(/^success\n/);
  expect(run.annotations.map(({ level }) => level)).toContain('warning');
  expect(run.annotations.map(({ level }) => level)).not.toContain('error');
  if (outcomes !== undefined) expect(outcomes).toContain(told(run));
}

function mountSmall(dir: string, size: string): void {
  mkdirSync(dir, { recursive: true });
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`A small disk is needed, and mount was refused: ${error?.message ?? stderr}. Run as root.`);
  mounts.push(dir);
}

function setModes(dir: string, folders: number, files: number): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) setModes(path, folders, files);
    else chmodSync(path, files);
  }
  chmodSync(dir, folders);
}

/** Bytes that do not compress. */
function noise(length: number): Buffer {
  const buffer = Buffer.alloc(length);
  createRandom(length).fill(buffer);
  return buffer;
}
