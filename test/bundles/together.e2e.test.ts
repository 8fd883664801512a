import { lstatSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRandom, diffTrees, treeFingerprint } from '@waybill/testing/trees';
import { filesUnderway, openSite, type Site, shown, storeProblems, told } from './site.ts';

describe('jobs that share a store at the same time', () => {
  let site: Site;
  beforeEach(() => {
    site = openSite();
  });
  afterEach(() => site.remove());

  test('save one key together: one entry stands, every job is green, and it restores as one of them saved it', async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names)
      site.plant({ who: name, 'big.bin': noise(name, 3 << 20), 'shared.bin': noise('s', 3 << 20) }, name);
    const runs = await Promise.all(names.map((name) => site.step('save-cache', { key: 'same' }, name)));
    for (const run of runs) expect(`${told(run)}\n${shown(run)}`).toMatch(/^((new|delta)\/|skipped\/exists)\nsuccess/);
    expect(runs.some((run) => /^(new|delta)$/.test(run.outputs['result'] ?? ''))).toBe(true);

    const hits = await Promise.all(names.map((name) => site.step('restore-cache', { key: 'same' }, `${name}-back`)));
    for (const hit of hits) expect(`${told(hit)}\n${shown(hit)}`).toMatch(/^exact\/\n/);
    const [back] = await Promise.all(
      names.map((name) => treeFingerprint(join(site.workspace(`${name}-back`), 'tree'))),
    );
    const saved = await Promise.all(names.map((name) => treeFingerprint(join(site.workspace(name), 'tree'))));
    expect(saved.some((tree) => diffTrees(tree, back ?? []).length === 0)).toBe(true);
    expect(storeProblems(site.store)).toEqual([]);
    expect(filesUnderway(site.store)).toEqual([]);
  });

  test('save and restore while the size cap evicts: every job is green, and what a hit restores is whole', async () => {
    const store = `dir:${site.store}?max=12MiB`;
    const rounds = [0, 1, 2, 3, 4, 5];
    for (const round of rounds) site.plant({ 'big.bin': noise(`r${round}`, 4 << 20) }, `r${round}`);
    const lane = async (parity: number) => {
      for (const round of rounds.filter((each) => each % 2 === parity)) {
        const save = await site.step('save-cache', { key: `k-${round}`, store }, `r${round}`);
        expect(`${told(save)}\n${shown(save)}`).toMatch(/^(new|delta)\/\nsuccess/);
        const back = await site.step('restore-cache', { key: `k-${round}`, store }, `back-${round}`);
        expect(`${told(back)}\n${shown(back)}`).toMatch(/^(exact\/|miss\/(no-entry|evicted))\nsuccess/);
        if (back.outputs['result'] !== 'exact') continue;
        const [before, after] = await Promise.all(
          [`r${round}`, `back-${round}`].map((name) => treeFingerprint(join(site.workspace(name), 'tree'))),
        );
        expect(diffTrees(before ?? [], after ?? [])).toEqual([]);
      }
    };
    await Promise.all([lane(0), lane(1)]);
    expect(storeProblems(site.store)).toEqual([]);

    // Blobs that no entry needs any more stay for an hour, because another job may be about to name them.
    ageBlobs(site.store, 2 * 3600);
    site.plant({ 'big.bin': noise('last', 4 << 20) }, 'last');
    expect((await site.step('save-cache', { key: 'k-last', store }, 'last')).outputs['result']).toMatch(
      /^(new|delta)$/,
    );
    expect(folderBytes(site.store)).toBeLessThan(13 << 20);
    expect((await site.step('restore-cache', { key: 'k-0', store }, 'oldest')).outputs['result']).toBe('miss');
    expect((await site.step('restore-cache', { key: 'k-last', store }, 'newest')).outputs['result']).toBe('exact');
    expect(storeProblems(site.store)).toEqual([]);
  });
});

/** Bytes that do not compress, other ones for another name. */
function noise(name: string, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  createRandom([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)).fill(buffer);
  return buffer;
}

function ageBlobs(store: string, seconds: number): void {
  const folder = join(store, 'blobs', 'sha256');
  const then = Date.now() / 1000 - seconds;
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), then, then);
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}
