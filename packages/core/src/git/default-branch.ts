import type { CommitId, IoOptions } from '../content/index.ts';
import { errorCode, WaybillError } from '../errors/index.ts';
import { type Clone, createClone, type ObjectFormat } from './clone.ts';
import { createGit, type GitAccess } from './create-git.ts';
import { showRemote } from './git-remote.ts';
import { gitFolder, originUrl } from './local-repository.ts';
import { readObjects } from './read-objects.ts';

/** A file of the default branch, and the commit that it was read from. */
export interface BranchFile {
  readonly bytes: Uint8Array;
  readonly commit: CommitId;
}

/** 1 MiB. */
const MAX_FILE_BYTES = 1024 * 1024;
const LOCAL_HEAD = 'refs/tips/head';
const ORIGIN_HEAD = 'refs/remotes/origin/HEAD';

/** A file of the newest commit of the default branch; undefined where there is no such file, or no commit at all. */
export async function readBranchFile(
  access: GitAccess,
  path: string,
  options?: IoOptions,
): Promise<BranchFile | undefined> {
  const ref = await defaultBranchRef(access, options);
  const clone = await fetchRef(access, ref, 'sha1', options);
  return clone === undefined ? undefined : readTip(access, clone, path, options);
}

/** A file of this commit; undefined where it has none. @throws WaybillError `COMMIT_UNKNOWN` (integrity) */
export async function readCommitFile(
  access: GitAccess,
  commit: CommitId,
  path: string,
  options?: IoOptions,
): Promise<Uint8Array | undefined> {
  const { remote } = access;
  const clone = await fetchRef(access, commit, commit.length === 40 ? 'sha1' : 'sha256', options).catch(
    (error: unknown) => {
      if (errorCode(error) === 'GIT_NOT_GIVEN') return undefined;
      throw error;
    },
  );
  if (clone !== undefined) return (await readTip(access, clone, path, options))?.bytes;
  throw new WaybillError('COMMIT_UNKNOWN', `${showRemote(remote)} has no commit ${commit}`, { kind: 'integrity' });
}

async function readTip(
  access: GitAccess,
  clone: Clone,
  path: string,
  options?: IoOptions,
): Promise<BranchFile | undefined> {
  try {
    const names = [`${LOCAL_HEAD}^{commit}`, `${LOCAL_HEAD}:${path}`];
    // The commit itself is in the answer as well.
    const maxBytes = 2 * MAX_FILE_BYTES;
    const [commit, file] = await readObjects(clone.git, names, { ...options, maxBytes });
    if (commit === undefined || file?.type !== 'blob') return undefined;
    if (file.bytes.byteLength > MAX_FILE_BYTES) throw tooLarge(access, path);
    return { bytes: file.bytes, commit: commit.id };
  } catch (error) {
    throw errorCode(error) === 'TOOL_OUTPUT_TOO_LARGE' ? tooLarge(access, path, error) : error;
  }
}

/** HEAD, except in a working copy: there it is what somebody checked out, perhaps a pull request that would so be its own judge. */
async function defaultBranchRef(access: GitAccess, options?: IoOptions): Promise<string> {
  const { remote } = access;
  if (remote.kind === 'url') return 'HEAD';
  const folder = await gitFolder(remote.path);
  if (folder === remote.path) return 'HEAD';
  const git = createGit(access, folder);
  const answers = [0, 1, 128];
  if ((await git(['rev-parse', '--quiet', '--verify', ORIGIN_HEAD], { ...options, answers })).status === 0) {
    return ORIGIN_HEAD;
  }
  if ((await originUrl(access, options)) === undefined) return 'HEAD';
  throw new WaybillError(
    'GIT_NO_DEFAULT_BRANCH',
    `${remote.path} is a working copy that does not know the default branch of its origin`,
    { kind: 'user', hint: 'Run in it: git remote set-head origin --auto' },
  );
}

async function fetchRef(
  access: GitAccess,
  ref: string,
  format: ObjectFormat,
  options?: IoOptions,
): Promise<Clone | undefined> {
  const clone = await createClone(access, format, options);
  try {
    const args = ['--depth=1', '--end-of-options', 'origin', `+${ref}:${LOCAL_HEAD}`];
    await clone.fetch(args, { ...options, filter: 'tree:1' });
    return clone;
  } catch (error) {
    if (errorCode(error) === 'GIT_NOT_THERE') return undefined;
    if (errorCode(error) !== 'GIT_OTHER_FORMAT' || format === 'sha256') throw error;
    return fetchRef(access, ref, 'sha256', options);
  }
}

function tooLarge({ remote }: GitAccess, path: string, cause?: unknown): WaybillError {
  return new WaybillError('FILE_TOO_LARGE', `${path} of ${showRemote(remote)} has more than ${MAX_FILE_BYTES} bytes`, {
    kind: 'user',
    hint: 'Make it smaller.',
    cause,
  });
}
