import { randomBytes } from 'node:crypto';
import { lstatSync, rmdirSync } from 'node:fs';
import { errorCode, WaybillError } from '../../errors/index.ts';
import { resolveRootParent } from '../../paths/index.ts';
import {
  type RootStat,
  readRecord,
  recordPath,
  type StatColumns,
  type TreeRecord,
  writeRecord,
} from '../disk/record.ts';
import { barrierIn, checkSpace, closeStage, foldsNames, openStage, type Stage } from '../disk/stage.ts';
import { at, countFiles, EntryKind, totalSize } from '../format/entry-table.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import { fetchSnapshotManifest } from '../format/snapshot-manifest.ts';
import { LazyPool } from '../threads/lazy-pool.ts';
import { PackReader } from '../threads/pack-reader.ts';
import type { RestoreSnapshotOptions, RestoreSnapshotResult } from '../types.ts';
import { type Build, buildStage } from './build-stage.ts';
import { commit } from './commit.ts';
import { fetchIndex } from './fetch-index.ts';
import { checkFolding, checkTree } from './jail.ts';
import { Placement } from './placement.ts';
import { Standing, type Survey, survey } from './survey.ts';

/** How often the clock of a file system is asked again until it has moved on from the last file's time. */
const BARRIER_TRIES = 10;

/**
 * Puts the snapshot's tree in its place. Nothing is visible there before all that is needed has been fetched, verified
 * and written beside it; what is already right is not touched; what is there besides stays.
 * @throws WaybillError as told at {@link RestoreSnapshotResult}
 */
export async function restoreSnapshot(options: RestoreSnapshotOptions): Promise<RestoreSnapshotResult> {
  const { paths, store, machine, signal } = options;
  const umask = process.umask();
  const pool = new LazyPool(machine, umask);
  const stages = new Map<number, Stage>();
  try {
    const reader = new PackReader(store, signal);
    const manifest = await fetchSnapshotManifest(store, options.manifest, signal);
    reader.bytesRead += options.manifest.size;
    const dirs = paths.roots.map(({ dir }) => resolveRootParent(dir));
    const recordFile = machine.stateDir === undefined ? undefined : recordPath(machine.stateDir, dirs, paths.patterns);
    const record = recordFile !== undefined && dirs.some(stands) ? readRecord(recordFile) : undefined;
    const known = record?.manifest.digest === options.manifest.digest;
    const index = known && record !== undefined ? record.index : await fetchIndex(store, manifest, reader, signal);
    const { entries } = index;
    // Threads take a while to start: where all is to be written, they do while the tree is looked at.
    if (!dirs.some(stands)) pool.get(totalSize(entries), entries.count);
    // What the record holds has been through here before, for the same places and patterns.
    if (!known) checkTree(entries, index.tree.roots, paths, process.platform);
    const seen = await survey({
      index,
      dirs,
      record,
      pool: () => pool.get(totalSize(index.entries), entries.count),
    });
    const rows = rowsToMake(index, seen);
    const stats = { ino: seen.ino, ctime: seen.ctime };
    const written = rows.filter((row) => at(entries.kind, row) === EntryKind.file);
    const outdated = seen.standing.includes(Standing.outdated);
    signal?.throwIfAborted();
    if (rows.length > 0 || outdated) {
      const stageOf = (root: number): Stage => {
        const dir = dirs[root] ?? '';
        const stage =
          stages.get(root) ?? openStage(dir, seen.devs[root], randomBytes(4).toString('hex'), machine.now());
        stages.set(root, stage);
        return stage;
      };
      for (const root of new Set(Array.from(entries.root.subarray(0, entries.count)))) stageOf(root);
      checkTarget(index, written, stages);
      const placement = new Placement(entries, seen, dirs, (root) => stageOf(root).dir);
      let files = 0;
      let bytes = 0;
      const builds: Build[] = await buildStage({
        index,
        rows,
        placement,
        stageOf: (root) => stageOf(root).dir,
        pool: pool.get(sizeOf(index, written), rows.length),
        reader,
        stats,
        progress: (moreFiles, moreBytes) => {
          files += moreFiles;
          bytes += moreBytes;
          options.progress?.({ files, bytes });
        },
        signal,
      });
      signal?.throwIfAborted();
      commit({ index, builds, survey: seen, dirs, stageOf: (root) => stageOf(root).dir, stats });
    }
    if (recordFile !== undefined && (rows.length > 0 || outdated || !known)) {
      await keepRecord(recordFile, options, index, dirs, stats, stages, seen);
    }
    return {
      digest: index.digest,
      files: countFiles(index.entries),
      bytes: totalSize(index.entries),
      writtenFiles: written.length,
      downloadedBytes: reader.bytesRead,
    };
  } catch (error) {
    throw translated(error);
  } finally {
    await pool.close();
    for (const stage of stages.values()) {
      closeStage(stage);
      // Folders that were made for a root that never came are not left behind.
      for (const parent of [...stage.madeParents].reverse()) removeIfEmpty(parent);
    }
  }
}

function rowsToMake(index: SnapshotIndex, seen: Survey): number[] {
  const rows: number[] = [];
  for (let row = 0; row < index.entries.count; row++) {
    const standing = at(seen.standing, row);
    if (standing !== Standing.right && standing !== Standing.outdated) rows.push(row);
  }
  return rows;
}

function checkTarget(index: SnapshotIndex, written: readonly number[], stages: ReadonlyMap<number, Stage>): void {
  for (const [root, stage] of stages) {
    checkSpace(
      stage,
      sizeOf(
        index,
        written.filter((row) => at(index.entries.root, row) === root),
      ),
    );
  }
  const folding = [...stages.values()].some(foldsNames) || process.platform === 'darwin';
  if (folding) checkFolding(index.entries);
}

async function keepRecord(
  file: string,
  options: RestoreSnapshotOptions,
  index: SnapshotIndex,
  dirs: readonly string[],
  stats: StatColumns,
  stages: Map<number, Stage>,
  seen: Survey,
): Promise<void> {
  const latest = stats.ctime.reduce((a, b) => Math.max(a, b), 0);
  const roots: RootStat[] = [];
  for (const [root, dir] of dirs.entries()) {
    if (!stands(dir)) {
      roots.push({ dev: -1, barrier: 0 });
      continue;
    }
    let stage = stages.get(root);
    if (stage === undefined) {
      stage = openStage(dir, seen.devs[root], randomBytes(4).toString('hex'), options.machine.now());
      stages.set(root, stage);
    }
    let barrier = barrierIn(stage);
    for (let n = 0; barrier <= latest && n < BARRIER_TRIES; n++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      barrier = barrierIn(stage);
    }
    roots.push({ dev: lstatSync(dir).dev, barrier });
  }
  const record: Omit<TreeRecord, 'index'> = { manifest: options.manifest, stats, roots };
  writeRecord(file, { ...record, bytes: index.bytes }, randomBytes(4).toString('hex'));
}

function sizeOf(index: SnapshotIndex, rows: readonly number[]): number {
  return rows.reduce((sum, row) => sum + at(index.entries.size, row), 0);
}

function stands(dir: string): boolean {
  try {
    lstatSync(dir);
    return true;
  } catch {
    return false;
  }
}

function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // Something is in it now, as it should be.
  }
}

/** System errors of the target get a name and a hint; everything else is told as it is. */
function translated(error: unknown): unknown {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new WaybillError('DISK_FULL', 'the disk is full; nothing was restored', {
      kind: 'remote',
      hint: 'Free some space there, or restore to another disk.',
      cause: error,
    });
  }
  return error;
}
