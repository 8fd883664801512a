import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSpoiltStore, forgeSnapshot, Site, type SpoiltStore } from '@waybill/testing/snapshots';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import { fetchSnapshotManifest } from '../format/snapshot-manifest.ts';
import { PackReader } from '../threads/pack-reader.ts';
import { createInlinePool } from '../threads/worker-pool.ts';
import type { Build } from './build-stage.ts';
import { commit } from './commit.ts';
import { fetchIndex } from './fetch-index.ts';
import { survey } from './survey.ts';

let store: SpoiltStore;
let site: Site;
let to: string;
let stage: string;
let index: SnapshotIndex;

/** A snapshot of the files `a` and `b`; in their places stand a folder with something in it, and a file. */
beforeEach(async () => {
  store = createSpoiltStore();
  site = new Site(store);
  to = site.workspace();
  const entries = ['', 'a', 'b'].map((path) => ({
    path,
    kind: path === '' ? ('folder' as const) : ('file' as const),
    content: 'new',
  }));
  const manifest = await fetchSnapshotManifest(store, await forgeSnapshot(store, { roots: ['tree'], entries }));
  index = await fetchIndex(store, manifest, new PackReader(store, undefined));
  mkdirSync(join(to, 'tree/a'), { recursive: true });
  writeFileSync(join(to, 'tree/a/keep'), 'keep');
  writeFileSync(join(to, 'tree/b'), 'old');
  stage = join(to, 'stage');
  mkdirSync(stage);
});

afterEach(() => site.remove());

/** Commits both files, of which those named are missing in the stage: to rename them fails. */
async function commitWithout(missing: readonly string[]): Promise<void> {
  const dirs = [join(to, 'tree')];
  const seen = await survey({ index, dirs, record: undefined, pool: () => createInlinePool(0o022) });
  expect(seen.devs).toEqual([lstatSync(to).dev]);
  const builds = ['a', 'b'].map((path): Build => {
    if (!missing.includes(path)) writeFileSync(join(stage, path), 'new');
    return { row: index.entries.find(0, path), place: { kind: 'single' }, staged: { base: stage, path } };
  });
  commit({ index, builds, survey: seen, dirs, stageOf: () => stage, stats: { ino: seen.ino, ctime: seen.ctime } });
}

test('a first step that fails leaves everything as it was, also what was moved out of its way', async () => {
  const before = lstatSync(join(to, 'tree/a'), { bigint: true });
  await expect(commitWithout(['a', 'b'])).rejects.toMatchObject({ code: 'ENOENT' });
  expect(readFileSync(join(to, 'tree/a/keep'), 'utf8')).toBe('keep');
  expect(lstatSync(join(to, 'tree/a'), { bigint: true }).mode).toBe(before.mode);
  expect(readFileSync(join(to, 'tree/b'), 'utf8')).toBe('old');
});

test('a later step that fails is told with its place, and the rest is restored', async () => {
  const failed = commitWithout(['b']);
  await expect(failed).rejects.toMatchObject({ code: 'PARTIALLY_APPLIED', kind: 'remote' });
  await expect(failed).rejects.toThrow(/^1 of 2 places could not be put right:\n {2}b: .*ENOENT/);
  expect(readFileSync(join(to, 'tree/a'), 'utf8')).toBe('new');
  expect(readFileSync(join(to, 'tree/b'), 'utf8')).toBe('old');
});

test('all steps put in place what the stage holds', async () => {
  await commitWithout([]);
  expect(['a', 'b'].map((name) => readFileSync(join(to, 'tree', name), 'utf8'))).toEqual(['new', 'new']);
  expect(lstatSync(join(to, 'tree')).mtime).toEqual(new Date(1e9));
  // What stood in the way goes with the stage.
  expect(() => renameSync(join(stage, 'x0/keep'), join(to, 'found'))).not.toThrow();
});
