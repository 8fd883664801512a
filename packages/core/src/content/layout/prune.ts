import type { Digest } from '../../oci/index.ts';
import { isExpired, sameName } from '../name.ts';
import type { IoOptions, Name } from '../ports.ts';
import { planEviction } from './eviction-plan.ts';
import { statIfThere } from './files.ts';
import { lastAccess } from './layout-access.ts';
import { makeLayout } from './layout-folder.ts';
import type { LayoutIndex } from './layout-index.ts';
import type { LayoutMachine } from './layout-machine.ts';
import { type NameObserver, removeName } from './layout-names.ts';
import type { LayoutPaths } from './layout-paths.ts';
import type { LayoutUsage } from './layout-usage.ts';
import { foreignRoots, type Reach, type Reached, reachability, scanBlobs, scanNames, type UsedName } from './scan.ts';
import { sweepAccess, sweepBlob, sweepPartitions, sweepTemp } from './sweep.ts';

/** What is younger may belong to a save that has not named it yet. */
export const DEFAULT_GRACE_MS = 60 * 60 * 1000;
/** Eviction goes a little below the cap, so that not every save at the cap has to scan. */
const LOW_WATER = 0.9;

export interface PruneOptions extends IoOptions {
  /** Never evicted, whatever its age. */
  readonly keep?: Name;
}

export interface PruneResult {
  readonly evictedNames: number;
  readonly removedBlobs: number;
  readonly removedBytes: number;
  /** What the blobs have now. */
  readonly totalBytes: number;
}

export interface PruneParts {
  readonly paths: LayoutPaths;
  readonly machine: LayoutMachine;
  readonly index: LayoutIndex;
  readonly usage: LayoutUsage;
  /** 0 is without a cap. */
  readonly maxBytes: number;
  readonly graceMs: number;
}

/**
 * Brings the store under its cap and tidies it: expired names and names whose manifest is gone, then whole snapshots
 * least recently used first, then blobs that no remaining name reaches and nobody touched within the grace. Safe beside
 * saves, restores and other prunes. What other tools put into `index.json` stays.
 */
export async function prune(parts: PruneParts, options: PruneOptions = {}): Promise<PruneResult> {
  const { paths, machine, maxBytes, graceMs } = parts;
  const { signal, keep } = options;
  if ((await statIfThere(paths.dir)) === undefined)
    return { evictedNames: 0, removedBlobs: 0, removedBytes: 0, totalBytes: 0 };
  await makeLayout(paths);
  const before = machine.clock() - graceMs;
  await sweepTemp(paths, machine.clock() - Math.max(graceMs, DEFAULT_GRACE_MS));

  const names = await scanNames(paths, signal);
  const blobs = await scanBlobs(paths, signal);
  const reach = reachability(paths);
  const reached = await reachedBy(names, reach);
  const isDead = ({ record }: UsedName) =>
    isExpired(record, machine.clock()) || (!blobs.has(record.target.digest) && record.createdAt <= before);
  const dead = new Set(names.filter(isDead));
  const evicted = planEviction({
    names: names.filter((name) => !dead.has(name)),
    blobs: maxBytes === 0 ? new Map() : blobs,
    reach: (name) => reached.get(name)?.digests ?? new Set(),
    pinned: await pinnedBy(paths, reach),
    keep: ({ record }) => keep !== undefined && sameName(record.name, keep),
    maxBytes,
    targetBytes: Math.floor(maxBytes * LOW_WATER),
  });
  let evictedNames = 0;
  for (const name of [...dead, ...evicted]) {
    signal?.throwIfAborted();
    if (await evictName(parts, name)) evictedNames += 1;
  }

  // Asked again: what was named meanwhile stays.
  const remaining = await scanNames(paths, signal);
  const live = await liveDigests(paths, remaining);
  let removedBlobs = 0;
  let removedBytes = 0;
  let totalBytes = 0;
  for (const blob of blobs.values()) {
    signal?.throwIfAborted();
    if (live !== undefined && !live.has(blob.digest) && (await sweepBlob(paths, blob, before, machine.nonce()))) {
      removedBlobs += 1;
      removedBytes += blob.size;
    } else {
      totalBytes += blob.size;
    }
  }

  const records = remaining.map(({ record }) => record);
  await sweepAccess(paths, records);
  await sweepPartitions(paths, machine, records);
  await parts.usage.set(totalBytes);
  await parts.index.rebuild();
  return { evictedNames, removedBlobs, removedBytes, totalBytes };
}

/** Removes the name unless it was written or used again since it was looked at. The index is rebuilt once at the end. */
function evictName({ paths, machine, index }: PruneParts, { record, lastUsed }: UsedName): Promise<boolean> {
  const observer: NameObserver = { changing: index.changing, changed: async () => undefined };
  return removeName(
    paths,
    machine,
    observer,
    record.name,
    async (now) => now.createdAt === record.createdAt && ((await lastAccess(paths, record.name)) ?? 0) <= lastUsed,
  );
}

async function pinnedBy(paths: LayoutPaths, reach: Reach): Promise<Set<Digest>> {
  const all = await Promise.all((await foreignRoots(paths)).map(reach));
  return new Set(all.flatMap(({ digests }) => [...digests]));
}

async function reachedBy(names: readonly UsedName[], reach: Reach): Promise<Map<UsedName, Reached>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await reach(name.record.target)] as const)));
}

/**
 * What must stay, looked up now. Undefined where a name's manifest is missing: another prune may be holding it for a
 * moment, or the name is dead and goes when it is older than the grace; until then nothing can be said of its parts.
 */
async function liveDigests(paths: LayoutPaths, names: readonly UsedName[]): Promise<Set<Digest> | undefined> {
  const reach = reachability(paths);
  const live = await pinnedBy(paths, reach);
  for (const { digests, known } of (await reachedBy(names, reach)).values()) {
    if (!known) return undefined;
    for (const digest of digests) live.add(digest);
  }
  return live;
}
