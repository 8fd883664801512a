import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { IoOptions } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import { createGit, type GitAccess } from './create-git.ts';

export async function folderExists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** A bare repository at `path`, if nothing stands there: made beside and renamed, so that of several at once one is first. */
export async function makeBareRepository(access: GitAccess, path: string, options?: IoOptions): Promise<void> {
  if (await folderExists(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const aside = await mkdtemp(`${path}.`);
  try {
    const git = createGit(access, aside);
    await git(['init', '--bare', '--quiet', '--template=', '--initial-branch=main', aside], options);
    // What a host allows: parts of trees, commits by their id. And no work that goes on behind a command that has ended.
    for (const [key, value] of [
      ['uploadpack.allowFilter', 'true'],
      ['uploadpack.allowAnySHA1InWant', 'true'],
      ['receive.fsckObjects', 'true'],
      ['gc.autoDetach', 'false'],
    ] as const) {
      await git(['config', key, value], options);
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!(await folderExists(path))) throw error;
  }
}
