import { lstatSync, readlinkSync } from 'node:fs';
import { type PathSet, toFsPath, type WalkEntry, walkTree } from '../../paths/index.ts';
import { proves, type TreeRecord } from '../disk/record.ts';
import { at, EntryKind } from '../format/entry-table.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import { readColumns } from '../threads/file-groups.ts';
import { ReadStatus } from '../threads/tasks.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';

/** How an entry of the snapshot stands on disk. */
export const Standing = {
  /** Nothing is there. */
  missing: 0,
  /** It is there as it should be. */
  right: 1,
  /** Content is right, mode or mtime are not. */
  outdated: 2,
  /** The same kind, with other content. */
  different: 3,
  /** Something of another kind is in its place. */
  obstructed: 4,
} as const;

/** What a root looks like before a restore; rows are the snapshot's. */
export interface Survey {
  readonly standing: Uint8Array;
  /** Of files that are there. */
  readonly ino: Float64Array;
  readonly ctime: Float64Array;
  /** By root: its device; undefined where the root is missing. */
  readonly devs: readonly (number | undefined)[];
}

export interface SurveyOptions {
  readonly index: SnapshotIndex;
  readonly paths: PathSet;
  /** Real places of the roots, by number. */
  readonly dirs: readonly string[];
  readonly record: TreeRecord | undefined;
  /** For files of the right size that no record proves: their content is hashed. */
  readonly pool: () => WorkerPool;
}

/** Holds every entry of the snapshot against what is on disk. What is on disk besides is not looked at. */
export async function survey(options: SurveyOptions): Promise<Survey> {
  const { index, paths, dirs, record } = options;
  const { entries } = index;
  const standing = new Uint8Array(entries.count);
  const ino = new Float64Array(entries.count);
  const ctime = new Float64Array(entries.count);
  const mtime = new Float64Array(entries.count);
  const unproven: number[] = [];
  const devs: (number | undefined)[] = [];
  const sameSnapshot = record !== undefined && record.index.digest === index.digest;
  let row = 0;
  for (const [root, dir] of dirs.entries()) {
    devs.push(deviceOf(dir));
    const visit = (seen: WalkEntry) => {
      while (row < entries.count && entries.compare(row, root, seen.path) < 0) row++;
      if (row >= entries.count || entries.compare(row, root, seen.path) !== 0) return;
      const here = row++;
      if (KINDS[seen.kind] !== at(entries.kind, here)) {
        standing[here] = Standing.obstructed;
        return;
      }
      ino[here] = seen.ino;
      ctime[here] = seen.ctimeUs;
      mtime[here] = seen.mtimeUs;
      if (seen.kind === 'symlink') {
        const same = readLink(dir, seen.path) === entries.target.get(here);
        standing[here] = same
          ? seen.mtimeUs === at(entries.mtime, here)
            ? Standing.right
            : Standing.outdated
          : Standing.different;
        return;
      }
      const metadata = seen.mode === at(entries.mode, here) && seen.mtimeUs === at(entries.mtime, here);
      standing[here] = metadata ? Standing.right : Standing.outdated;
      if (seen.kind !== 'file') return;
      if (seen.size !== at(entries.size, here)) standing[here] = Standing.different;
      else if (seen.size > 0 && !proven(record, sameSnapshot, here, root, seen, index)) unproven.push(here);
    };
    walkTree(paths, root, visit, { dir, onError: () => undefined });
  }
  await compareContents(options, { standing, ino, ctime, devs }, mtime, unproven);
  return { standing, ino, ctime, devs };
}

const KINDS: Readonly<Record<WalkEntry['kind'], number>> = {
  file: EntryKind.file,
  folder: EntryKind.folder,
  symlink: EntryKind.symlink,
  other: 0,
};

function proven(
  record: TreeRecord | undefined,
  sameSnapshot: boolean,
  row: number,
  root: number,
  seen: WalkEntry,
  index: SnapshotIndex,
): boolean {
  if (record === undefined) return false;
  const own = sameSnapshot ? row : record.index.entries.find(root, seen.path);
  if (own < 0 || !proves(record, own, root, seen)) return false;
  return (
    sameSnapshot ||
    record.index.entries.digest.compare(index.entries.digest, row * 32, row * 32 + 32, own * 32, own * 32 + 32) === 0
  );
}

/** Reads what has the right size and is not proven: cheaper than writing it, and what is right stays untouched. */
async function compareContents(
  options: SurveyOptions,
  found: Survey,
  mtime: Float64Array,
  rows: readonly number[],
): Promise<void> {
  if (rows.length === 0) return;
  const { entries } = options.index;
  const pool = options.pool();
  const seen = { size: entries.size, mtime, ctime: found.ctime };
  const batches = batched(rows, 512);
  const queues = Array.from({ length: pool.size }, async (_, worker) => {
    for (let n = worker; n < batches.length; n += pool.size) {
      const batch = batches[n] ?? [];
      const result = await pool.run(worker, {
        kind: 'read',
        id: n,
        keep: false,
        ...readColumns(entries, options.dirs, batch, seen),
        scan: undefined,
      });
      for (const [i, row] of batch.entries()) {
        const right =
          result.status[i] === ReadStatus.ok &&
          result.size[i] === entries.size[row] &&
          entries.digest.compare(result.digest, i * 32, i * 32 + 32, row * 32, row * 32 + 32) === 0;
        if (!right) found.standing[row] = Standing.different;
      }
    }
  });
  await Promise.all(queues);
}

function batched(rows: readonly number[], size: number): number[][] {
  const batches: number[][] = [];
  for (let i = 0; i < rows.length; i += size) batches.push(rows.slice(i, i + size));
  return batches;
}

function deviceOf(dir: string): number | undefined {
  return lstatSync(dir, { throwIfNoEntry: false })?.dev;
}

/** The target as bytes; undefined where it cannot be read. */
export function readLink(dir: string, path: string): string | undefined {
  try {
    return readlinkSync(toFsPath(dir, path), 'latin1');
  } catch {
    return undefined;
  }
}
