import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { changeOnePackage, reinstallTree } from '@waybill/testing/trees';
import type { Contender, Run } from './contender.ts';
import { folderBytes } from './folder-bytes.ts';
import type { Sample } from './measure.ts';
import type { ScenarioName } from './options.ts';
import type { Yard } from './yard.ts';

type NodeOptions = Pick<Run, 'nodeOptions'>;

export interface Scenario {
  readonly what: string;
  /** Whether this one takes part. */
  takes(contender: Contender): boolean;
  /** Once, not measured. */
  setUp(contender: Contender): Promise<void>;
  /** Before each round, not measured, for all together. `round` counts from 0. */
  prepareRound?(round: number, contenders: readonly Contender[]): Promise<void>;
  /** Before each of its runs, not measured. */
  prepare?(contender: Contender): Promise<void>;
  run(contender: Contender, options: NodeOptions): Promise<Sample>;
  /** Whether a run stores something. */
  readonly stores: boolean;
  /** A figure to read the stored bytes against, after a round. */
  floor?(): { readonly what: string; readonly bytes: number };
}

const FIRST = { key: 'bench-1.' };

export function createScenario(name: ScenarioName, yard: Yard): Scenario {
  const filled = async (contender: Contender) => {
    await contender.reset();
    await contender.save?.(FIRST);
  };
  switch (name) {
    case 'cold-save':
      return {
        what: 'everything saved into an empty store, on a machine that knows nothing of the tree',
        takes: ({ save }) => save !== undefined,
        setUp: async () => undefined,
        prepare: (contender) => contender.reset(),
        run: ({ save }, options) => measured(save, { ...FIRST, ...options }),
        stores: true,
      };

    case 'cold-restore':
      return {
        what: 'everything restored into an empty folder, on a machine that knows nothing of it',
        takes: ({ restore }) => restore !== undefined,
        setUp: filled,
        prepare: (contender) => contender.clearPlace(),
        run: ({ restore }, options) => measured(restore, { ...FIRST, ...options }),
        stores: false,
      };

    case 'delta-save':
    case 'delta-renewed':
      return deltaScenario(name, yard, filled);

    case 'warm-restore':
      return {
        what: 'restored where every file stands already as it should',
        takes: ({ restore, save }) => restore !== undefined && save !== undefined,
        setUp: async (contender) => {
          await filled(contender);
          await contender.clearPlace();
          await contender.restore?.(FIRST);
        },
        run: ({ restore }, options) => measured(restore, { ...FIRST, ...options }),
        stores: false,
      };

    case 'miss':
      return {
        what: 'a key that is not there: what starting costs',
        takes: ({ miss }) => miss !== undefined,
        setUp: filled,
        run: ({ miss }, options) => measured(miss, { key: 'absent', ...options }),
        stores: false,
      };
  }
}

/** A job whose key changed: it begins with a restore that finds the older entry, and ends with a save. */
function deltaScenario(name: ScenarioName, yard: Yard, filled: (contender: Contender) => Promise<void>): Scenario {
  const packages = middling(yard);
  const keyOf = (round: number) => `bench-${round + 2}.`;
  let key = FIRST.key;
  let changed: readonly string[] = [];
  return {
    what:
      name === 'delta-save'
        ? 'saved again after a partial hit, with one package changed in place'
        : 'saved again after a partial hit, with one package changed and everything installed anew (npm ci)',
    takes: ({ save }) => save !== undefined,
    setUp: filled,
    prepareRound: async (round, contenders) => {
      const older = key;
      key = keyOf(round);
      for (const { restorePartly } of contenders) await restorePartly?.({ key, older });
      // Every round changes another package, so that the deltas do not pile up on one.
      const target = packages[round % packages.length] ?? '';
      changed = changeOnePackage({ dir: yard.tree.dir, package: target, seed: round + 1 }).changed;
      if (name === 'delta-renewed') reinstallTree(yard.tree.dir);
    },
    run: ({ save }, options) => measured(save, { key, ...options }),
    stores: true,
    floor: () => ({
      what: 'the changed content, compressed',
      bytes: zstdCompressSync(Buffer.concat(changed.map(changedPart))).length,
    }),
  };
}

async function measured(operation: ((run: Run) => Promise<Sample>) | undefined, run: Run): Promise<Sample> {
  if (operation === undefined) throw new Error(`${run.key}: a contender takes part that cannot.`);
  return operation(run);
}

/** Packages that are neither giants nor dwarfs: of those by size, largest first, the second tenth. All, where there are few. */
function middling({ tree }: Yard): readonly string[] {
  const bySize = tree.packages
    .map((name) => ({ name, size: folderBytes(join(tree.dir, name)) }))
    .toSorted((a, b) => b.size - a.size)
    .map(({ name }) => name);
  const tenth = Math.floor(bySize.length / 10);
  return tenth === 0 ? bySize : bySize.slice(tenth, 2 * tenth);
}

/** A file, or the one MiB in the middle of a larger one where it was changed. */
function changedPart(file: string): Buffer {
  const content = readFileSync(file);
  const around = 2 ** 19;
  const middle = Math.floor(content.length / 2);
  return content.length <= 2 * around ? content : content.subarray(middle - around, middle + around);
}
