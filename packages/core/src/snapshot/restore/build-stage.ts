import { closeSync, fchmodSync, ftruncateSync, futimesSync, mkdirSync, openSync, symlinkSync } from 'node:fs';
import { toFsArgument, toFsPath } from '../../paths/index.ts';
import { seenOf, utimesArgument } from '../disk/stat-times.ts';
import { corrupt } from '../format/byte-reader.ts';
import { at, EntryKind } from '../format/entry-table.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import type { PackReader } from '../threads/pack-reader.ts';
import type { WriteResult } from '../threads/tasks.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import { applyMetadata } from './metadata.ts';
import type { Place, Placement } from './placement.ts';
import { planWrites, type Target } from './write-plan.ts';
import { writePlans } from './write-plans.ts';

/** An entry that is to be made, and where it is built. */
export interface Build {
  readonly row: number;
  readonly place: Place;
  /** For a single: its file in the stage. */
  readonly staged: Target;
}

export interface BuildOptions {
  readonly index: SnapshotIndex;
  /** Rows to make, in order. */
  readonly rows: readonly number[];
  readonly placement: Placement;
  readonly stageOf: (root: number) => string;
  readonly pool: WorkerPool;
  readonly reader: PackReader;
  readonly stats: WriteResult;
  readonly progress: (files: number, bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes all that is missing, in the stage: folders, files (verified as they are written), then symlinks, then the modes
 * and times of folders, deepest first. The folder at the top of each unit stays writable: it is still to be renamed.
 */
export async function buildStage(options: BuildOptions): Promise<Build[]> {
  const { index, placement } = options;
  const { entries } = index;
  const builds = options.rows.map((row, n): Build => place(options, row, n));
  for (const { root, path, staged } of placement.units) {
    // A folder that is no entry itself gets the mode that anybody's new folder has.
    mkdirSync(staged, { mode: entries.find(root, path) < 0 ? 0o777 : 0o700 });
  }
  for (const { unit, below } of placement.unlisted) mkdirSync(toFsPath(unit.staged, below), { recursive: true });
  const targets: Target[] = [];
  const files: number[] = [];
  const links: Build[] = [];
  const folders: Build[] = [];
  for (const build of builds) {
    const kind = at(entries.kind, build.row);
    if (kind === EntryKind.folder) {
      folders.push(build);
      if (build.staged.path !== '') mkdirSync(pathOf(build.staged), { recursive: true, mode: 0o700 });
    } else if (kind === EntryKind.symlink) links.push(build);
    else {
      files.push(build.row);
      targets[build.row] = build.staged;
    }
  }
  await writeContents(options, files, targets);
  for (const { row, staged } of links) {
    symlinkSync(toFsArgument(entries.target.get(row) ?? ''), pathOf(staged));
    applyMetadata(pathOf(staged), entries, row);
  }
  for (const { row, staged } of folders.reverse()) {
    if (staged.path !== '') applyMetadata(pathOf(staged), entries, row);
  }
  return builds;
}

function place(options: BuildOptions, row: number, n: number): Build {
  const { entries } = options.index;
  const root = at(entries.root, row);
  const path = entries.path[row] ?? '';
  if (at(entries.kind, row) === EntryKind.folder) {
    const folder = options.placement.folder(root, path);
    if (folder === undefined) throw corrupt('a folder that stands was to be made');
    return {
      row,
      place: { kind: 'unit', unit: folder.unit, below: folder.below },
      staged: { base: folder.unit.staged, path: folder.below },
    };
  }
  const found = options.placement.placeOf(root, path);
  return found.kind === 'unit'
    ? { row, place: found, staged: { base: found.unit.staged, path: found.below } }
    : { row, place: found, staged: { base: options.stageOf(root), path: `f${n}` } };
}

async function writeContents(
  options: BuildOptions,
  rows: readonly number[],
  targets: readonly Target[],
): Promise<void> {
  const { index, stats } = options;
  const { entries, locations } = index;
  const targetOf = (row: number): Target => targets[row] ?? { base: '', path: '' };
  const large = rows.filter((row) => locations.chunks.has(row));
  for (const row of large) prepareLarge(pathOf(targetOf(row)), at(entries.size, row));
  const plans = planWrites(index, rows, targetOf);
  const done = writePlans(options, plans);
  try {
    // While the threads work.
    for (const row of rows) if (at(entries.size, row) === 0) writeEmpty(pathOf(targetOf(row)), options, row);
  } catch (error) {
    // The stage must not be taken away under the threads.
    await done.catch(() => undefined);
    throw error;
  }
  await done;
  for (const row of large) finishFile(pathOf(targetOf(row)), 'r', options, row, stats);
}

function prepareLarge(path: string | Buffer, size: number): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
}

function writeEmpty(path: string | Buffer, options: BuildOptions, row: number): void {
  finishFile(path, 'wx', options, row, options.stats);
}

function finishFile(
  path: string | Buffer,
  flags: string,
  options: BuildOptions,
  row: number,
  stats: WriteResult,
): void {
  const { entries } = options.index;
  const file = openSync(path, flags, 0o600);
  try {
    fchmodSync(file, at(entries.mode, row));
    const seconds = utimesArgument(at(entries.mtime, row));
    futimesSync(file, seconds, seconds);
    const seen = seenOf(file);
    stats.ino[row] = seen.ino;
    stats.ctime[row] = seen.ctimeUs;
  } finally {
    closeSync(file);
  }
}

/** The place of a target as `node:fs` takes it. */
export function pathOf(target: Target): string | Buffer {
  return target.path === '' ? target.base : toFsPath(target.base, target.path);
}
