import { changeOnePackage } from '@waybill/testing/trees';
import { bytes, percent, seconds } from '../print.ts';
import type { Act } from '../stage.ts';

const CHANGED_PACKAGE = 'fast-check';

export const deltaSave: Act = {
  title: 'One package gets a new version: the save under a new key stores the difference alone',
  play: async (stage) => {
    const { print } = stage;
    const first = await stage.machine('first');
    const job = await stage.job(first);
    const warm = await stage.step(job, { action: 'restore-cache', with: { key: 'deps-2', 'restore-keys': 'deps-' } });
    stage.expectOutputs(warm, { 'cache-hit': 'false', 'cache-matched-key': 'deps-1', result: 'partial' });
    print.good(`restore-cache: result partial, matched deps-1; all of it stands already (${seconds(warm.wallMs)})`);
    stage.figures.push({
      what: 'restore where it stands',
      kind: 'restore',
      treeBytes: Number(warm.outputs['restored-bytes']),
      moved: Number(warm.outputs['downloaded-bytes']),
      milliseconds: warm.wallMs,
    });

    const change = changeOnePackage({ dir: first.tree, package: CHANGED_PACKAGE, seed: 1 });
    print.step(`${CHANGED_PACKAGE}: ${change.changed.length} files changed, ${bytes(change.changedBytes)}`);
    const before = await stage.storeBytes();
    const save = await stage.step(job, { action: 'save-cache', with: { key: 'deps-2' } });
    stage.expectOutputs(save, { result: 'delta' });
    const stored = (await stage.storeBytes()) - before;
    const full = stage.figures.find((figure) => figure.what === 'full save');
    print.good(
      `save-cache: result delta, ${bytes(stored)} stored in ${seconds(save.wallMs)}: ${percent(stored, full?.moved ?? 0)} of the full save's bytes`,
    );
    stage.figures.push({
      what: 'delta save',
      kind: 'save',
      treeBytes: full?.treeBytes ?? 0,
      moved: stored,
      milliseconds: save.wallMs,
    });
  },
};

export const prefixHit: Act = {
  title: 'A third machine asks for a key that nobody saved: the newest with its prefix is restored',
  play: async (stage) => {
    const first = await stage.machine('first');
    const third = await stage.machine('third');
    const job = await stage.job(third);
    const hit = await stage.step(job, { action: 'restore-cache', with: { key: 'deps-3', 'restore-keys': 'deps-' } });
    stage.expectOutputs(hit, {
      'cache-hit': 'false',
      'cache-primary-key': 'deps-3',
      'cache-matched-key': 'deps-2',
      result: 'partial',
      reason: 'restore-key',
    });
    stage.print.good(`restore-cache: result partial, reason restore-key, matched deps-2 (${seconds(hit.wallMs)})`);
    const entries = await stage.expectSameTree(first.tree, third.tree);
    stage.print.good(`compared whole: ${entries} entries alike, the changed package included`);
  },
};
