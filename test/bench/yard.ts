import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createActionRunner, type StepRequest, type StepRun } from '@waybill/testing/action-runner';
import { type GeneratedTree, makeLargeFiles, makeManyFiles } from '@waybill/testing/trees';
import { copyRealTree } from '../demo/real-tree.ts';
import { measureCommand, readStopWatch, type Sample, stopWatch, watchMemory } from './measure.ts';
import type { BenchOptions, TreeName } from './options.ts';

const SEED = 20_260_101;

/** A tree and the folders in which it is saved, restored and stored, beside each other on one file system. */
export interface Yard {
  readonly base: string;
  readonly tree: GeneratedTree;
  /** Holds `node_modules`, which is saved. */
  readonly source: string;
  /** Runs a step under the stop watch, in a job of its own. The run may have gone wrong: look at it. */
  step(place: Place, request: StepRequest): Promise<MeasuredStep>;
  /** Runs a command under the stop watch, in `source`. Throws where it fails. */
  command(command: readonly string[]): Promise<Sample>;
}

/** Where a step runs, and with whose actions. */
export interface Place {
  /** Folder with the actions. */
  readonly root: string;
  readonly workspace: string;
  /** Made where it is not there; what a machine knows of its trees lies in it. */
  readonly home: string;
}

export interface MeasuredStep {
  readonly run: StepRun;
  /** Its memory is that of all its processes together. */
  readonly sample: Sample;
}

/** Makes the tree below `base`. `root` is the project's. */
export async function openYard(root: string, base: string, name: TreeName, options: BenchOptions): Promise<Yard> {
  const source = join(base, 'source');
  const watch = join(base, 'watch');
  for (const folder of [source, watch]) await mkdir(folder, { recursive: true });
  const tree = await makeTree(root, join(source, 'node_modules'), name, options);
  const temp = join(base, 'temp');
  return {
    base,
    tree,
    source,
    step: async ({ root: actions, workspace, home }, request) => {
      for (const folder of [workspace, home, temp]) await mkdir(folder, { recursive: true });
      const launcher = stopWatch(join(watch, 'time'));
      const job = await createActionRunner({ root: actions, workspace, home, temp, launcher });
      const step = await job.start(request);
      const peak = watchMemory(step.pid);
      const run = await step.finished.finally(peak);
      await rm(temp, { recursive: true });
      // The step's own figure is exact, and misses its children; what was seen from outside has them, and may miss a short peak.
      const peakBytes = Math.max(peak(), run.usage?.peakBytes ?? 0);
      return { run, sample: { ...(await readStopWatch(join(watch, 'time'))), peakBytes } };
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
