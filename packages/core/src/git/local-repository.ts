import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { IoOptions } from '../content/index.ts';
import { folderExists } from './bare-repository.ts';
import { createGit, type GitAccess } from './create-git.ts';
import { parseGitRemote } from './git-remote.ts';

/** The folder of the repository itself: of a working copy its `.git`. */
export async function gitFolder(path: string): Promise<string> {
  const inner = join(path, '.git');
  try {
    await stat(inner);
    return inner;
  } catch {
    return path;
  }
}

/** The address that a repository on this machine was cloned from; undefined where it names none. */
export async function originUrl(access: GitAccess, options?: IoOptions): Promise<string | undefined> {
  const { remote } = access;
  if (remote.kind !== 'path' || !(await folderExists(remote.path))) return undefined;
  // `--local`: our own settings name an `origin` as well.
  const args = ['config', '--local', '--get', 'remote.origin.url'];
  const git = createGit(access, await gitFolder(remote.path));
  const { stdout, status } = await git(args, { ...options, answers: [0, 1, 128] });
  const url = new TextDecoder().decode(stdout).trim();
  return status === 0 && url !== '' ? url : undefined;
}

/** That place; undefined where it is none that is spoken to here. The token was given for another. */
export async function originAccess(access: GitAccess, options?: IoOptions): Promise<GitAccess | undefined> {
  const { remote } = access;
  const url = await originUrl(access, options);
  if (url === undefined || remote.kind !== 'path') return undefined;
  try {
    return { ...access, token: undefined, remote: parseGitRemote(url, { home: remote.path, cwd: remote.path }) };
  } catch {
    return undefined;
  }
}
