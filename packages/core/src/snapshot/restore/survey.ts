import { lstatSync, readlinkSync } from 'node:fs';
import { type BytePath, SeenEntry, toFsPath, type WalkEntry } from '../../paths/index.ts';
import { proves, type TreeRecord } from '../disk/record.ts';
import { at, EntryKind, type EntryTable } from '../format/entry-table.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import { readColumns } from '../threads/file-groups.ts';
import { ReadStatus } from '../threads/tasks.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import { parentOf } from './jail.ts';

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
  /** Real places of the roots, by number. */
  readonly dirs: readonly string[];
  readonly record: TreeRecord | undefined;
  /** For files of the right size that no record proves: their content is hashed. */
  readonly pool: () => WorkerPool;
}

/**
 * Holds every entry of the snapshot against what is on disk: each is looked at where its folder is a folder, and no symlink
 * is followed. What is on disk besides is not looked at, and costs nothing.
 */
export async function survey(options: SurveyOptions): Promise<Survey> {
  const { index, dirs, record } = options;
  const { entries } = index;
  const standing = new Uint8Array(entries.count);
  const ino = new Float64Array(entries.count);
  const ctime = new Float64Array(entries.count);
  const mtime = new Float64Array(entries.count);
  const unproven: number[] = [];
  const sameSnapshot = record !== undefined && record.index.digest === index.digest;
  const seen = new SeenEntry();
  const folders = new StandingFolders(entries, standing, dirs);
  for (let row = 0; row < entries.count; row++) {
    const root = at(entries.root, row);
    const dir = dirs[root] ?? '';
    const path = entries.path[row] ?? '';
    if (path !== '' && !folders.stands(root, parentOf(path))) continue;
    if (!look(seen, dir, path)) continue;
    if (KINDS[seen.kind] !== at(entries.kind, row)) {
      standing[row] = Standing.obstructed;
      continue;
    }
    ino[row] = seen.ino;
    ctime[row] = seen.ctimeUs;
    mtime[row] = seen.mtimeUs;
    if (seen.kind === 'symlink') {
      const same = readLink(dir, path) === entries.target.get(row);
      standing[row] = same
        ? seen.mtimeUs === at(entries.mtime, row)
          ? Standing.right
          : Standing.outdated
        : Standing.different;
      continue;
    }
    const metadata = seen.mode === at(entries.mode, row) && seen.mtimeUs === at(entries.mtime, row);
    standing[row] = metadata ? Standing.right : Standing.outdated;
    if (seen.kind !== 'file') continue;
    if (seen.size !== at(entries.size, row)) standing[row] = Standing.different;
    else if (seen.size > 0 && !proven(record, sameSnapshot, row, root, seen, index)) unproven.push(row);
  }
  const devs = dirs.map(deviceOf);
  await compareContents(options, { standing, ino, ctime, devs }, mtime, unproven);
  return { standing, ino, ctime, devs };
}

/** What cannot be looked at is as good as missing: what is to be written there will tell. */
function look(seen: SeenEntry, dir: string, path: BytePath): boolean {
  try {
    return seen.fillIfThere(path, toFsPath(dir, path));
  } catch {
    return false;
  }
}

/** Which folders are there, as folders all the way up to their root. */
class StandingFolders {
  readonly #entries: EntryTable;
  readonly #standing: Uint8Array;
  readonly #dirs: readonly string[];
  readonly #known = new Map<string, boolean>();
  /** Most entries have the same folder as their neighbour. */
  #last: { readonly root: number; readonly path: BytePath; readonly stands: boolean } | undefined;

  /** @param standing of all rows before the one that is asked for: a folder comes before what is in it */
  constructor(entries: EntryTable, standing: Uint8Array, dirs: readonly string[]) {
    this.#entries = entries;
    this.#standing = standing;
    this.#dirs = dirs;
  }

  stands(root: number, path: BytePath): boolean {
    if (this.#last?.root === root && this.#last.path === path) return this.#last.stands;
    const id = `${root}\0${path}`;
    const stands = this.#known.get(id) ?? this.#look(root, path);
    this.#known.set(id, stands);
    this.#last = { root, path, stands };
    return stands;
  }

  #look(root: number, path: BytePath): boolean {
    if (path !== '' && !this.stands(root, parentOf(path))) return false;
    const row = this.#entries.find(root, path);
    if (row >= 0) {
      const standing = at(this.#standing, row);
      return (
        at(this.#entries.kind, row) === EntryKind.folder &&
        standing !== Standing.missing &&
        standing !== Standing.obstructed
      );
    }
    const seen = new SeenEntry();
    return look(seen, this.#dirs[root] ?? '', path) && seen.kind === 'folder';
  }
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
