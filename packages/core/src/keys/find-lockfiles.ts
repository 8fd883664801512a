import { type Dirent, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { presetOfLockfile } from './lockfile-names.ts';
import type { PresetName } from './presets.ts';

export interface Lockfile {
  readonly preset: PresetName;
  /** Relative to the workspace, `/` between. */
  readonly name: string;
}

/**
 * Folders that are not searched: what tools installed or built there brings lockfiles of its own, and a key must be the
 * same before a build and after it.
 */
export const SKIPPED_FOLDERS: readonly string[] = [
  '.bundle',
  '.cargo',
  '.git',
  '.gradle',
  '.nox',
  '.pnpm-store',
  '.tox',
  '.venv',
  '.yarn',
  'build',
  'node_modules',
  'site-packages',
  'target',
  'vendor',
  'venv',
];

/**
 * All lockfiles below the workspace, sorted by name. Folders of {@link SKIPPED_FOLDERS} and folders that cannot be read
 * are passed over, and no symlink to a folder is followed.
 */
export function findLockfiles(workspace: string): readonly Lockfile[] {
  const found: Lockfile[] = [];
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of list(path.join(workspace, folder))) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.includes(entry.name)) waiting.push(name);
        continue;
      }
      const preset = presetOfLockfile(entry.name);
      if (preset !== undefined && isFile(entry, path.join(workspace, name))) found.push({ preset, name });
    }
  }
  return found.sort(byName);
}

/**
 * The lockfiles of the first folder that has any, from `folder` upwards to the workspace: what a package of a monorepo
 * is locked by. Sorted by name.
 * @param folder relative to the workspace, `/` between, without `.` and `..`; empty for the workspace itself
 * @param takes whose lockfiles count
 */
export function nearestLockfiles(
  workspace: string,
  folder: string,
  takes: (preset: PresetName) => boolean,
): readonly Lockfile[] {
  for (let at = folder; ; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
    const found: Lockfile[] = [];
    for (const entry of list(path.join(workspace, at))) {
      const preset = presetOfLockfile(entry.name);
      const name = at === '' ? entry.name : `${at}/${entry.name}`;
      if (preset !== undefined && takes(preset) && isFile(entry, path.join(workspace, name)))
        found.push({ preset, name });
    }
    if (found.length > 0 || at === '') return found.sort(byName);
  }
}

/** Whose lockfiles lie nearest to the top: what a workspace is made with, where examples and tools below it use more. */
export function topPresets(lockfiles: readonly Lockfile[]): readonly PresetName[] {
  const depths = lockfiles.map(({ name }) => name.split('/').length);
  const top = Math.min(...depths);
  return [...new Set(lockfiles.filter((_, index) => depths[index] === top).map(({ preset }) => preset))].sort();
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isFile(entry: Dirent, file: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}

function byName(a: Lockfile, b: Lockfile): number {
  return a.name < b.name ? -1 : 1;
}
