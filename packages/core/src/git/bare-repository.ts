import { access as canAccess, constants, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { IoOptions } from '../content/index.ts';
import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import { createGit, type GitAccess } from './create-git.ts';

export async function folderExists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/**
 * A bare repository at `path`, if nothing stands there: made beside and renamed, so that of several at once one is first.
 * @throws WaybillError `LEDGER_DENIED` (user) where it cannot be made
 */
export async function makeBareRepository(access: GitAccess, path: string, options?: IoOptions): Promise<void> {
  if (await folderExists(path)) return;
  let aside: string;
  try {
    await mkdir(dirname(path), { recursive: true });
    aside = await mkdtemp(`${path}.`);
  } catch (error) {
    throw cannotWrite(path, error);
  }
  try {
    const git = createGit(access, aside);
    await git(['init', '--bare', '--quiet', '--template=', '--initial-branch=main', aside], options);
    for (const [key, value] of SETTINGS) await git(['config', key, value], options);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!(await folderExists(path))) throw error instanceof WaybillError ? error : cannotWrite(path, error);
  }
}

/** What a host allows: parts of trees, commits by their id. And no work that goes on behind a command that has ended. */
const SETTINGS = [
  ['uploadpack.allowFilter', 'true'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['receive.fsckObjects', 'true'],
  ['gc.autoDetach', 'false'],
] as const;

/** Returns where this user may write the repository, or make it. @throws WaybillError `LEDGER_DENIED` (user) */
export async function assertFolderWritable(path: string): Promise<void> {
  let folder = path;
  while (!(await folderExists(folder)) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    await canAccess(folder, constants.W_OK);
    // A file in the way: nothing can be made below it.
    if (folder !== path && (await stat(nextBelow(folder, path)).catch(() => undefined)) !== undefined) {
      throw new TypeError(`${nextBelow(folder, path)} is no folder`);
    }
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function nextBelow(folder: string, path: string): string {
  return join(folder, relative(folder, path).split(sep)[0] ?? '');
}

function cannotWrite(path: string, cause: unknown): WaybillError {
  return new WaybillError('LEDGER_DENIED', `${path} cannot be written by this user: ${errorMessage(cause)}`, {
    kind: 'user',
    hint: 'Give the user the folder, or name another repository for the ledger.',
    cause,
  });
}
