import { chmodSync, lchownSync, lstatSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { diffTrees, treeFingerprint } from '@waybill/testing/trees';
import { ODD_TREES } from './odd-trees.ts';
import { openSite, type Site, shown, stagingFolders, storeProblems } from './site.ts';

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
    const entries = await treeFingerprint(outside);
    expect(entries.find((entry) => entry.path.toString() === 'inside.txt')?.size).toBe(12n);
    // Whichever way a file in a folder's place is met, what was outside is as it was, and nothing is half-done.
    if (run.outputs['result'] === 'exact') {
      expect(lstatSync(join(other, 'thing')).isFile()).toBe(true);
      expect(lstatSync(join(other, 'link')).isDirectory()).toBe(true);
    } else {
      expect(run.outcome).toBe('success');
      expect(lstatSync(join(other, 'link')).isSymbolicLink()).toBe(true);
    }
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
