import path from 'node:path';
import { errorMessage } from '../errors/index.ts';
import { findLockfiles, type Lockfile, nearestLockfiles, topPresets } from './find-lockfiles.ts';
import type { KeyProblem } from './key-problems.ts';
import type { KeyRequest } from './key-request.ts';
import { presetOfLockfile } from './lockfile-names.ts';
import { type MatchedFile, matchFiles } from './match-files.ts';
import { PRESETS, type PresetName } from './presets.ts';

/** A lockfile that a key depends on. */
export interface LocatedLockfile extends MatchedFile {
  /** Undefined for a file that a line of `key-from` named and no preset knows. */
  readonly preset: PresetName | undefined;
  readonly source: string;
}

export interface Located {
  /** Sorted by name, each once. */
  readonly lockfiles: readonly LocatedLockfile[];
  /** Absolute: the deepest folder that holds all lockfiles. What a tool answers there it answers for them. */
  readonly cwd: string;
  readonly problems: readonly KeyProblem[];
}

/**
 * The lockfiles of a request: those that its `lock` lines name; else, with a preset, that preset's; else, with `auto`,
 * those of the package managers whose lockfiles lie nearest to the top of the workspace.
 */
export function locateLockfiles(request: KeyRequest): Located {
  const { from, auto, preset, context } = request;
  const folder = folderOf(request);
  if (folder === undefined) return { lockfiles: [], cwd: context.workspace, problems: [outside(request)] };
  const named = from.filter((source) => source.kind === 'lock');
  const problems: KeyProblem[] = [];
  let lockfiles: readonly LocatedLockfile[] = [];
  if (named.length > 0) {
    const found = named.flatMap(({ pattern }) => matchNamed('lock', pattern, request, problems));
    lockfiles = onceEach(found).map((file) => ({ ...file, preset: presetOfLockfile(path.posix.basename(file.name)) }));
  } else if (auto || preset !== undefined) {
    lockfiles = search(request, folder).map((each) => ({
      ...each,
      at: path.join(context.workspace, each.name),
      source: folder === '' ? 'found in the workspace' : `nearest to ${folder}`,
    }));
    if (lockfiles.length === 0 && !from.some(({ kind }) => kind === 'file')) problems.push(nothingFound(request));
  }
  return { lockfiles, cwd: path.join(context.workspace, commonFolder(lockfiles, folder)), problems };
}

/** The files that a line of `key-from` names; none is a problem. */
export function matchNamed(
  kind: 'lock' | 'file',
  pattern: string,
  { context }: KeyRequest,
  problems: KeyProblem[],
): readonly (MatchedFile & { readonly source: string })[] {
  const source = `key-from: ${kind}:${pattern}`;
  try {
    const files = matchFiles(pattern, context);
    if (files.length > 0) return files.map((file) => ({ ...file, source }));
    problems.push({
      subject: source,
      what: 'there is no such file',
      hint: 'Check the repository out in a step before this one; patterns start at the workspace.',
      kind: 'user',
    });
  } catch (error) {
    problems.push({
      subject: source,
      what: errorMessage(error).replace(/^path: /, ''),
      hint: 'Name a file or a glob (*, ?, [abc], **) that starts at the workspace.',
      kind: 'user',
    });
  }
  return [];
}

/** Sorted by name; of several with one name the first. */
export function onceEach<T extends { readonly name: string }>(files: readonly T[]): readonly T[] {
  const byName = new Map(files.toReversed().map((file) => [file.name, file]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function search({ preset, folder, context }: KeyRequest, normal: string): readonly Lockfile[] {
  if (folder !== undefined) {
    return nearestLockfiles(context.workspace, normal, (each) => preset === undefined || each === preset);
  }
  const all = findLockfiles(context.workspace);
  const presets = preset === undefined ? topPresets(all) : [preset];
  return all.filter((each) => presets.includes(each.preset));
}

/** Relative, `/` between, without dots; undefined where it leaves the workspace. */
function folderOf({ folder = '', context }: KeyRequest): string | undefined {
  const slashes = context.platform === 'win32' ? folder.replaceAll('\\', '/') : folder;
  const normal = path.posix.normalize(slashes === '' ? '.' : slashes).replace(/\/$/, '');
  if (normal === '.') return '';
  return normal === '..' || normal.startsWith('../') || path.posix.isAbsolute(normal) || /^[A-Za-z]:/.test(normal)
    ? undefined
    : normal;
}

/** Lockfiles outside of the workspace say nothing about where in it the project lies. */
function commonFolder(lockfiles: readonly LocatedLockfile[], folder: string): string {
  const inside = lockfiles.filter(({ name }) => !/^(~|\/|[A-Z]:\/)/.test(name));
  if (inside.length === 0) return folder;
  const folders = inside.map(({ name }) => name.split('/').slice(0, -1));
  const [first = []] = folders;
  const differs = first.findIndex((part, index) => folders.some((parts) => parts[index] !== part));
  return (differs < 0 ? first : first.slice(0, differs)).join('/');
}

function outside({ folder = '' }: KeyRequest): KeyProblem {
  return {
    subject: 'folder',
    what: `${JSON.stringify(folder)} is not a folder of the workspace`,
    hint: 'Give a path that starts at the workspace.',
    kind: 'user',
  };
}

function nothingFound({ preset, folder }: KeyRequest): KeyProblem {
  const where = folder === undefined ? 'in the workspace' : `in ${folder} or above it`;
  return {
    subject: preset === undefined ? 'key: auto' : `preset: ${preset}`,
    what: `there is no ${preset === undefined ? 'lockfile that it knows' : PRESETS[preset].lockfiles.join(' or ')} ${where}`,
    hint: 'Check the repository out in a step before this one, or name what counts, for example `key-from: file:package.json`.',
    kind: 'user',
  };
}
