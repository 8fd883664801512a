import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningStep } from '@waybill/testing/action-runner';
import { diffTrees, makeManyFiles, treeFingerprint } from '@waybill/testing/trees';
import { filesUnderway, openSite, type Site, shown, stagingFolders, storeProblems } from './site.ts';

/** Large enough that a step is in the middle of it when it is stopped, small enough to make in a second. */
const BIG = { seed: 11, files: 12_000, folders: 900, totalBytes: 300_000_000 };

describe('a step that is stopped in the middle', () => {
  let site: Site;
  let tree = '';
  beforeEach(async () => {
    site = openSite();
    tree = join(site.workspace(), 'tree');
    await makeManyFiles({ dir: tree, ...BIG });
  });
  afterEach(() => site.remove());

  const blobs = () => {
    const folder = join(site.store, 'blobs', 'sha256');
    return existsSync(folder) ? readdirSync(folder).length : 0;
  };
  const saving = () => blobs() + filesUnderway(site.store).length > 0;
  const restoring = () => readdirSync(site.workspace('two')).some((name) => name.startsWith('.wb-'));

  async function save(stop: (step: RunningStep) => void) {
    const job = await site.job();
    const step = await job.start(site.request('save-cache', { key: 'k-1' }));
    await until(saving, step);
    stop(step);
    return step.finished;
  }

  async function restore(stop: (step: RunningStep) => void) {
    expect((await site.step('save-cache', { key: 'k-1' })).outputs['result']).toBe('new');
    const job = await site.job({ workspace: 'two' });
    const step = await job.start(site.request('restore-cache', { key: 'k-1' }));
    await until(restoring, step);
    stop(step);
    return step.finished;
  }

  async function expectNextRunsWork() {
    const saved = await site.step('save-cache', { key: 'k-1' });
    expect(`${saved.outputs['reason']}\n${shown(saved)}`).toMatch(/^(exists)?\n/);
    const restored = await site.step('restore-cache', { key: 'k-1' }, 'two');
    expect(`${restored.outputs['result']}\n${shown(restored)}`).toMatch(/^exact\n/);
    expect(diffTrees(await treeFingerprint(tree), await treeFingerprint(join(site.workspace('two'), 'tree')))).toEqual(
      [],
    );
    expect(storeProblems(site.store)).toEqual([]);
  }

  test('a cancelled save leaves no entry and nothing underway, and the next save succeeds', async () => {
    const run = await save((step) => step.cancel());
    expect(run.outcome).toBe('cancelled');
    expect(run.signal).toBeNull();
    expect(filesUnderway(site.store)).toEqual([]);
    expect(storeProblems(site.store)).toEqual([]);
    expect((await site.step('restore-cache', { key: 'k-1' }, 'look')).outputs['result']).toBe('miss');
    await expectNextRunsWork();
  });

  test('a cancelled restore leaves no file and no staging folder, and the next restore succeeds', async () => {
    const run = await restore((step) => step.cancel());
    expect(run.outcome).toBe('cancelled');
    expect(run.signal).toBeNull();
    expect(run.outputs).not.toHaveProperty('cache-hit');
    expect(readdirSync(site.workspace('two'))).toEqual([]);
    await expectNextRunsWork();
  });

  test('a cancelled restore into a tree that stands leaves it as it stood', async () => {
    const stands = site.plant({ 'package.json': 'mine' }, 'two');
    const before = await treeFingerprint(stands);
    await restore((step) => step.cancel());
    const after = await treeFingerprint(stands);
    expect(diffTrees(before, after).filter((line) => !line.startsWith('(root): mtime'))).toEqual([]);
    expect(stagingFolders(site.workspace('two'))).toEqual([]);
  });

  test('a killed save leaves no entry, and the next save succeeds', async () => {
    const run = await save((step) => step.kill());
    expect(run.signal).toBe('SIGKILL');
    expect(storeProblems(site.store)).toEqual([]);
    expect((await site.step('restore-cache', { key: 'k-1' }, 'look')).outputs['result']).toBe('miss');
    await expectNextRunsWork();
  });

  test('a killed restore leaves no half tree, and the next restore succeeds', async () => {
    const run = await restore((step) => step.kill());
    expect(run.signal).toBe('SIGKILL');
    expect(existsSync(join(site.workspace('two'), 'tree'))).toBe(false);
    await expectNextRunsWork();
  });
});

/** Looks every few milliseconds; a step that ends before is a failed test that shows what the step said. */
async function until(holds: () => boolean, step: RunningStep): Promise<void> {
  let ended = false;
  void step.finished.then(() => {
    ended = true;
  });
  while (!holds()) {
    if (ended) throw new Error(`The step ended before it could be stopped.\n${shown(await step.finished)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
