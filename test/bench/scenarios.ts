import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { changeOnePackage, renewMtimes } from '@waybill/testing/trees';
import type { Sample } from './measure.ts';
import type { ScenarioName } from './options.ts';
import type { Place, Yard } from './yard.ts';

export interface Contender {
  readonly name: string;
  /** Not measured. */
  readonly prepare?: () => Promise<void>;
  readonly run: (nodeOptions?: readonly string[]) => Promise<Sample>;
  /** Bytes that the last run stored; absent where the scenario stores nothing. */
  readonly stored?: () => number;
}

export interface Scenario {
  readonly what: string;
  /** Once, not measured. */
  readonly setUp?: () => Promise<void>;
  /** Before each round, not measured, for all contenders. `round` counts from 0. */
  readonly prepare?: (round: number) => Promise<void>;
  /** Ours first; the others are what its ratios are formed with. */
  readonly contenders: readonly Contender[];
  /** A figure to read the stored bytes against, after a round. */
  readonly floor?: () => { readonly what: string; readonly bytes: number };
}

/** Dates of the renewed mtimes; a day more each round. */
const RENEWED_S = 1_800_000_000;

export function createScenario(name: ScenarioName, yard: Yard, zstd: string): Scenario {
  const peers = createPeers(yard, zstd);
  const { store, target, source } = yard;
  const save = { action: 'save-cache', with: { key: 'bench-1' } };
  const restore = { action: 'restore-cache', with: { key: 'bench-1' } };
  const clean = (path: string) => rm(path, { recursive: true, force: true });
  const emptyTarget = () => clean(join(target, 'node_modules'));
  const filledStore = async () => {
    await clean(store);
    await clean(join(yard.base, 'homes'));
    await yard.step({ workspace: 'source', home: 'saver' }, save, ['new']);
  };

  switch (name) {
    case 'cold-save':
      return {
        what: 'everything saved into an empty store, on a machine that knows nothing of the tree',
        contenders: [
          {
            name: 'waybill',
            prepare: async () => {
              await clean(store);
              await clean(join(yard.base, 'homes'));
            },
            run: (nodeOptions = []) =>
              yard.step({ workspace: 'source', home: 'saver' }, { ...save, nodeOptions }, ['new']),
            stored: () => folderBytes(store),
          },
          peers.pack,
          { name: 'cp -a', prepare: emptyTarget, run: () => yard.command(['cp', '-a', 'node_modules', target]) },
        ],
      };

    case 'cold-restore':
      return {
        what: 'everything restored into an empty folder, on a machine that knows nothing of it',
        setUp: async () => {
          await filledStore();
          await peers.pack.run();
        },
        contenders: [
          {
            name: 'waybill',
            prepare: async () => {
              await emptyTarget();
              await clean(join(yard.base, 'homes', 'restorer'));
            },
            run: (nodeOptions = []) =>
              yard.step({ workspace: 'target', home: 'restorer' }, { ...restore, nodeOptions }, ['exact']),
          },
          { ...peers.unpack, prepare: emptyTarget },
          { name: 'cp -a', prepare: emptyTarget, run: () => yard.command(['cp', '-a', 'node_modules', target]) },
        ],
      };

    case 'delta-save':
    case 'delta-renewed':
      return deltaScenario(name, yard, peers.pack, filledStore);

    case 'warm-restore':
      return {
        what: 'restored where every file stands already as it should',
        setUp: async () => {
          await filledStore();
          await emptyTarget();
          await yard.step({ workspace: 'target', home: 'restorer' }, restore, ['exact']);
          await peers.pack.run();
        },
        contenders: [
          {
            name: 'waybill',
            run: (nodeOptions = []) =>
              yard.step({ workspace: 'target', home: 'restorer' }, { ...restore, nodeOptions }, ['exact']),
          },
          // Into a folder of its own: tar writes all anew, and would take the record of what stands with it.
          {
            name: peers.unpack.name,
            run: () =>
              yard.command([
                'bash',
                '-o',
                'pipefail',
                '-c',
                `zstd -qd --long=30 -c "$0" | tar -xf - -C "$1"`,
                yard.archive,
                source,
              ]),
          },
        ],
      };

    case 'miss':
      return {
        what: 'a key that is not there: what starting costs',
        setUp: filledStore,
        contenders: [
          {
            name: 'waybill',
            run: (nodeOptions = []) =>
              yard.step(
                { workspace: 'target', home: 'restorer' },
                { action: 'restore-cache', with: { key: 'absent' }, nodeOptions },
                ['miss'],
              ),
          },
          { name: 'node -e 0', run: () => yard.command([process.execPath, '-e', '0']) },
        ],
      };
  }
}

function deltaScenario(name: ScenarioName, yard: Yard, pack: Contender, filledStore: () => Promise<void>): Scenario {
  const place: Place = { workspace: 'source', home: 'saver' };
  const packages = middling(yard);
  let key = 1;
  let before = 0;
  let changed: readonly string[] = [];
  return {
    what:
      name === 'delta-save'
        ? 'saved again after one package changed in place'
        : 'saved again after one package changed and a re-install renewed every mtime',
    setUp: filledStore,
    prepare: async (round) => {
      // Every round changes another package, so that the deltas do not pile up on one.
      const target = packages[round % packages.length] ?? '';
      const restore = { action: 'restore-cache', with: { key: `bench-${key + 1}`, 'restore-keys': `bench-${key}` } };
      await yard.step(place, restore, ['partial']);
      changed = changeOnePackage({ dir: yard.tree.dir, package: target, seed: round + 1 }).changed;
      if (name === 'delta-renewed') renewMtimes(yard.tree.dir, RENEWED_S + round * 86_400);
      before = folderBytes(yard.store);
      key++;
    },
    contenders: [
      {
        name: 'waybill',
        run: (nodeOptions = []) =>
          yard.step(place, { action: 'save-cache', with: { key: `bench-${key}` }, nodeOptions }, ['delta']),
        stored: () => folderBytes(yard.store) - before,
      },
      pack,
    ],
    floor: () => ({
      what: 'the changed content, compressed',
      bytes: zstdCompressSync(Buffer.concat(changed.map(changedPart))).length,
    }),
  };
}

function createPeers(yard: Yard, zstd: string): { readonly pack: Contender; readonly unpack: Contender } {
  const shell = (script: string, ...args: string[]) => yard.command(['bash', '-o', 'pipefail', '-c', script, ...args]);
  return {
    pack: {
      name: 'tar | zstd',
      prepare: () => rm(yard.archive, { force: true }),
      run: () => shell(`tar --posix -cf - node_modules | zstd -q -f ${zstd} -o "$0"`, yard.archive),
      stored: () => lstatSync(yard.archive).size,
    },
    unpack: {
      name: 'zstd | tar',
      run: () => shell('zstd -qd --long=30 -c "$0" | tar -xf - -C "$1"', yard.archive, yard.target),
    },
  };
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

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}
