import { chmodSync, lstatSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage, WaybillError } from '../../errors/index.ts';
import { type BytePath, toFsPath, utf8Of } from '../../paths/index.ts';
import { seenAt } from '../disk/stat-times.ts';
import { at, EntryKind } from '../format/entry-table.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import type { WriteResult } from '../threads/tasks.ts';
import { type Build, pathOf } from './build-stage.ts';
import { parentOf } from './jail.ts';
import { applyMetadata } from './metadata.ts';
import { Standing, type Survey } from './survey.ts';

export interface CommitOptions {
  readonly index: SnapshotIndex;
  readonly builds: readonly Build[];
  readonly survey: Survey;
  /** Real places of the roots. */
  readonly dirs: readonly string[];
  readonly stageOf: (root: number) => string;
  readonly stats: WriteResult;
}

/** How many places a message about a half-applied restore lists. */
const LISTED = 20;

/**
 * Puts in place what the stage holds, by renames, and sets modes and times of what stood already. The first step that
 * fails before any has succeeded leaves everything as it was.
 * @throws WaybillError `PARTIALLY_APPLIED` with a list of what is not in place, or the system's error
 */
export function commit(options: CommitOptions): void {
  const { index, dirs } = options;
  const { entries } = index;
  const touched = new Set<string>();
  const steps = [...renames(options, touched), ...corrections(options)];
  let applied = 0;
  const failures: string[] = [];
  let first: unknown;
  for (const step of steps) {
    try {
      step.run();
      applied++;
    } catch (error) {
      if (applied === 0) throw error;
      first ??= error;
      failures.push(`${step.what}: ${errorMessage(error)}`);
    }
  }
  for (let row = entries.count - 1; row >= 0; row--) {
    if (at(entries.kind, row) !== EntryKind.folder) continue;
    const root = at(entries.root, row);
    const path = entries.path[row] ?? '';
    const standing = at(options.survey.standing, row);
    if (!touched.has(idOf(root, path)) && standing === Standing.right) continue;
    if (standing === Standing.missing && !touched.has(idOf(root, path))) continue;
    try {
      applyMetadata(toFsPath(dirs[root] ?? '', path), entries, row);
    } catch (error) {
      first ??= error;
      failures.push(`${utf8Of(path)}: ${errorMessage(error)}`);
    }
  }
  if (failures.length === 0) return;
  const listed = failures.slice(0, LISTED).join('\n  ');
  const more = failures.length > LISTED ? `\n  and ${failures.length - LISTED} more` : '';
  throw new WaybillError(
    'PARTIALLY_APPLIED',
    `${failures.length} of ${steps.length} places could not be put right:\n  ${listed}${more}`,
    {
      kind: 'remote',
      hint: 'What is listed stands as it stood before; the rest is restored.',
      cause: first,
    },
  );
}

interface Step {
  readonly what: string;
  run(): void;
}

/** One rename a unit and one a single file. */
function renames(options: CommitOptions, touched: Set<string>): Step[] {
  const { index, dirs, stats } = options;
  const { entries } = index;
  const steps: Step[] = [];
  const units = new Set<string>();
  let trash = 0;
  for (const build of options.builds) {
    const root = at(entries.root, build.row);
    const unit = build.place.kind === 'unit' ? build.place.unit : undefined;
    if (unit !== undefined && units.has(unit.staged)) continue;
    const path = unit?.path ?? entries.path[build.row] ?? '';
    const target = toFsPath(dirs[root] ?? '', path);
    const staged = unit === undefined ? pathOf(build.staged) : unit.staged;
    const isFolder = unit !== undefined;
    if (unit !== undefined) units.add(unit.staged);
    steps.push({
      what: utf8Of(path) === '' ? (dirs[root] ?? '') : utf8Of(path),
      run: () => {
        insideFolder(dirs[root] ?? '', root, path, touched, () => {
          putInPlace(staged, target, isFolder, join(options.stageOf(root), `x${trash++}`));
        });
        if (isFolder) touched.add(idOf(root, path));
        else if (at(entries.kind, build.row) === EntryKind.file) {
          const seen = seenAt(target);
          stats.ino[build.row] = seen.ino;
          stats.ctime[build.row] = seen.ctimeUs;
        }
      },
    });
  }
  return steps;
}

/** Files and symlinks whose content was right all the time. */
function corrections(options: CommitOptions): Step[] {
  const { index, dirs, stats, survey } = options;
  const { entries } = index;
  const steps: Step[] = [];
  for (let row = 0; row < entries.count; row++) {
    if (at(survey.standing, row) !== Standing.outdated || at(entries.kind, row) === EntryKind.folder) continue;
    const root = at(entries.root, row);
    const path = entries.path[row] ?? '';
    steps.push({
      what: utf8Of(path),
      run: () => {
        const target = toFsPath(dirs[root] ?? '', path);
        applyMetadata(target, entries, row);
        stats.ctime[row] = seenAt(target).ctimeUs;
      },
    });
  }
  return steps;
}

/** Runs a change of what is in a folder; a folder of ours that is read-only is opened for it. */
function insideFolder(dir: string, root: number, path: BytePath, touched: Set<string>, change: () => void): void {
  if (path === '') {
    change();
    return;
  }
  const parent = parentOf(path);
  touched.add(idOf(root, parent));
  try {
    change();
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    const folder = toFsPath(dir, parent);
    const { mode } = lstatSync(folder);
    chmodSync(folder, (mode & 0o7777) | 0o700);
    try {
      change();
    } finally {
      chmodSync(folder, mode & 0o7777);
    }
  }
}

/** What stands there and is of another kind is moved into the stage, and goes with it; back again where the rename fails. */
function putInPlace(staged: string | Buffer, target: string | Buffer, isFolder: boolean, trash: string): void {
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there === undefined || there.isDirectory() === isFolder) {
    renameSync(staged, target);
    return;
  }
  // A folder can only be moved away by who may write to it.
  if (there.isDirectory()) chmodSync(target, (there.mode & 0o7777) | 0o700);
  let moved = false;
  try {
    renameSync(target, trash);
    moved = true;
    renameSync(staged, target);
  } catch (error) {
    if (moved) renameSync(trash, target);
    if (there.isDirectory()) chmodSync(target, there.mode & 0o7777);
    throw error;
  }
}

function idOf(root: number, path: BytePath): string {
  return `${root}\0${path}`;
}
