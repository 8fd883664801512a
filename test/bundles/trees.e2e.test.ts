import {
  chmodSync,
  chownSync,
  closeSync,
  lchownSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { diffTrees, treeFingerprint } from '@waybill/testing/trees';
import { ODD_TREES } from './odd-trees.ts';
import { openSite, type Site, shown, stagingFolders, storeProblems, told } from './site.ts';

/** nobody, where the tests run as root; else whoever runs them is an ordinary user already. */
const ORDINARY = process.getuid?.() === 0 ? { user: { uid: 65_534, gid: 65_534 } } : {};

let site: Site;
afterEach(() => {
  // Folders that may not be written cannot be emptied by an ordinary user.
  openUp(Buffer.from(site.base));
  site.remove();
});

describe.each([
  ['whoever runs the tests', {}],
  ['an ordinary user', ORDINARY],
])('as %s', (_, options) => {
  test.each(ODD_TREES.map(([name, plant]) => ({ name, plant })))('$name come back as they were', async ({ plant }) => {
    site = openSite(options);
    const tree = site.plant({ 'plain.txt': 'plain' });
    plant(tree);
    if ('user' in options && options.user !== undefined) giveTo(Buffer.from(tree), options.user);
    const before = await treeFingerprint(tree);
    const saved = await site.step('save-cache', { key: 'k-1' });
    expect(`${saved.outputs['result']}\n${shown(saved)}`).toMatch(/^new\n/);
    expect(diffTrees(before, await treeFingerprint(tree))).toEqual([]);

    // A name of the same length, so that the longest path stays as long.
    const restored = await site.step('restore-cache', { key: 'k-1' }, 'two');
    expect(`${restored.outputs['result']}\n${shown(restored)}`).toMatch(/^exact\n/);
    expect(diffTrees(before, await treeFingerprint(join(site.workspace('two'), 'tree')))).toEqual([]);
    expect(stagingFolders(site.workspace('two'))).toEqual([]);
    expect(storeProblems(site.store)).toEqual([]);

    const again = await site.step('restore-cache', { key: 'k-1' }, 'two');
    expect(again.outputs['result']).toBe('exact');
    expect(diffTrees(before, await treeFingerprint(join(site.workspace('two'), 'tree')))).toEqual([]);
  });
});

test('a sparse file of more than 4 GB comes back as it was, and fills neither memory nor disk', async () => {
  site = openSite();
  const tree = site.plant({ 'disk.img': 'head' });
  truncateSync(join(tree, 'disk.img'), 4.3e9);
  const fd = openSync(join(tree, 'disk.img'), 'r+');
  writeSync(fd, 'tail', 4.2e9);
  closeSync(fd);
  const saved = await site.step('save-cache', { key: 'k-1' });
  const restored = await site.step('restore-cache', { key: 'k-1' }, 'two');
  expect(`${restored.outputs['result']}\n${shown(restored)}`).toMatch(/^exact\n/);
  for (const run of [saved, restored]) expect(run.usage?.peakBytes).toBeLessThan(400e6);
  expect(Number(saved.outputs['uploaded-bytes'])).toBeLessThan(1e6);
  expect(lstatSync(join(site.workspace('two'), 'tree/disk.img')).blocks * 512).toBeLessThan(100e6);
  const back = await treeFingerprint(join(site.workspace('two'), 'tree'));
  expect(diffTrees(await treeFingerprint(tree), back)).toEqual([]);
});

describe('a restore into a tree that stands', () => {
  test('changes what differs, brings back what is missing, and keeps what is not in the entry', async () => {
    site = openSite(ORDINARY);
    const tree = site.plant({ 'a.txt': 'one', 'sub/b.txt': 'two', 'sub/c.txt': 'three' });
    await site.step('save-cache', { key: 'k-1' });
    const before = await treeFingerprint(tree);
    const other = site.plant({ 'a.txt': 'changed', 'sub/b.txt': 'two', 'own.txt': 'mine' }, 'two');
    expect((await site.step('restore-cache', { key: 'k-1' }, 'two')).outputs['result']).toBe('exact');
    const after = await treeFingerprint(other);
    const lines = diffTrees(before, after).filter((line) => !line.startsWith('(root)'));
    expect(lines).toEqual(['own.txt: unexpected']);
  });

  test('replaces a folder by a file and a symlink by a folder, and follows no symlink out', async () => {
    site = openSite(ORDINARY);
    site.plant({ thing: 'a file', 'link/inside.txt': 'in a folder' });
    await site.step('save-cache', { key: 'k-1' });
    const outside = site.plant({ 'inside.txt': 'do not touch' }, 'out');
    const other = site.plant({ 'thing/was/a-folder': 'x' }, 'two');
    symlinkSync(outside, join(other, 'link'));
    const run = await site.step('restore-cache', { key: 'k-1' }, 'two');
    expect(`${run.outputs['result']}\n${shown(run)}`).toMatch(/^exact\n/);
    const before = await treeFingerprint(join(site.workspace(), 'tree'));
    expect(diffTrees(before, await treeFingerprint(other))).toEqual([]);
    expect(readFileSync(join(outside, 'inside.txt'), 'utf8')).toBe('do not touch');
    expect(readdirSync(outside)).toEqual(['inside.txt']);
    expect(stagingFolders(site.workspace('two'))).toEqual([]);
  });

  test('tells which places it could not put right, as a miss that keeps the job green', async () => {
    // A folder of root's cannot be moved by an ordinary user; to make one, the tests must run as root.
    site = openSite(ORDINARY);
    site.plant({ 'thing/file': 'a file', 'other.txt': 'one' });
    await site.step('save-cache', { key: 'k-1' });
    const other = site.plant({ 'thing/file/of-another-kind/x': 'x', 'other.txt': 'two' }, 'two');
    chownSync(join(other, 'thing/file'), 0, 0);
    const run = await site.step('restore-cache', { key: 'k-1' }, 'two');
    expect(`${told(run)}\n${shown(run)}`).toMatch(/^error\/partially-applied\nsuccess/);
    expect(run.outputs).not.toHaveProperty('cache-hit');
    expect(run.annotations.find(({ level }) => level === 'warning')?.message).toContain('thing/file');
    expect(stagingFolders(site.workspace('two'))).toEqual([]);
  });
});

function giveTo(path: Buffer, user: { readonly uid: number; readonly gid: number }): void {
  lchownSync(path, user.uid, user.gid);
  for (const child of childrenOf(path)) giveTo(child, user);
}

function openUp(path: Buffer): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o755);
  for (const child of childrenOf(path)) openUp(child);
}

function childrenOf(path: Buffer): Buffer[] {
  if (!lstatSync(path).isDirectory()) return [];
  return readdirSync(path, { encoding: 'buffer' }).map((name) => Buffer.concat([path, Buffer.from('/'), name]));
}
