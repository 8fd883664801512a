import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActionRunner, createActionRunner, type StepRequest, type StepRun } from '@waybill/testing/action-runner';
import { type GeneratedTree, makeLargeFiles, makeManyFiles } from '@waybill/testing/trees';
import { copyRealTree } from '../demo/real-tree.ts';
import { measureCommand, readStopWatch, type Sample, stopWatch } from './measure.ts';
import type { BenchOptions, TreeName } from './options.ts';

const SEED = 20_260_101;

/** A tree with all that is saved from and restored to it, in folders beside each other on one file system. */
export interface Yard {
  readonly base: string;
  readonly tree: GeneratedTree;
  /** Holds `node_modules`, which is saved. */
  readonly source: string;
  /** Holds `node_modules` after a restore. */
  readonly target: string;
  readonly store: string;
  readonly archive: string;
  /** Runs an action under the stop watch; a step that is not green or has another `result` throws. */
  step(place: Place, request: StepRequest, result: readonly string[]): Promise<Sample & { readonly run: StepRun }>;
  /** Runs a peer's command under the stop watch, in `source`. */
  command(command: readonly string[]): Promise<Sample>;
}

/** Where a step runs: the workspace, and whose home (the records of what stands where). */
export interface Place {
  readonly workspace: 'source' | 'target';
  readonly home: string;
}

export async function openYard(root: string, base: string, name: TreeName, options: BenchOptions): Promise<Yard> {
  const source = join(base, 'source');
  const target = join(base, 'target');
  const store = join(base, 'store');
  const watch = join(base, 'watch');
  for (const folder of [source, target, watch]) await mkdir(folder, { recursive: true });
  const tree = await makeTree(root, join(source, 'node_modules'), name, options);
  let jobs = 0;

  async function job(place: Place): Promise<ActionRunner> {
    const home = join(base, 'homes', place.home);
    const temp = join(base, 'temp', String(++jobs));
    await mkdir(home, { recursive: true });
    await mkdir(temp, { recursive: true });
    const workspace = place.workspace === 'source' ? source : target;
    return createActionRunner({ root, workspace, home, temp, launcher: stopWatch(join(watch, 'time')) });
  }

  return {
    base,
    tree,
    source,
    target,
    store,
    archive: join(base, 'archive.tzst'),
    step: async (place, request, results) => {
      const run = await (await job(place)).run({
        ...request,
        with: { path: 'node_modules', store: `dir:${store}`, ...request.with },
      });
      await rm(join(base, 'temp'), { recursive: true });
      if (run.outcome !== 'success' || !results.includes(run.outputs['result'] ?? '')) {
        const found = `${run.outcome}, result ${run.outputs['result'] ?? 'unset'} ${run.outputs['reason'] ?? ''}`;
        throw new Error(`${request.action}: ${found}; expected ${results.join(' or ')}.\n${run.stdout}${run.stderr}`);
      }
      return { ...(await readStopWatch(join(watch, 'time'))), peakBytes: run.usage?.peakBytes ?? 0, run };
    },
    command: (command) => measureCommand(command, watch, source),
  };
}

async function makeTree(root: string, dir: string, name: TreeName, { scale }: BenchOptions): Promise<GeneratedTree> {
  switch (name) {
    case 'many': {
      const of = (count: number) => Math.max(1, Math.round(count * scale));
      return makeManyFiles({ dir, seed: SEED, files: of(90_000), folders: of(6_000), totalBytes: of(1_100_000_000) });
    }
    case 'large':
      return makeLargeFiles({ dir, seed: SEED, files: 4, bytesEach: Math.round(2 ** 28 * scale) });
    case 'real': {
      const real = copyRealTree(join(root, 'node_modules'), dir);
      return { dir, files: real.files, folders: 0, symlinks: 0, bytes: real.bytes, packages: real.packages };
    }
  }
}
