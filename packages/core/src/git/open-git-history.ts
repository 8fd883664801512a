import { type CommitId, type IoOptions, parseCommitId } from '../content/index.ts';
import { type Ancestry, compareAt } from './ancestry.ts';
import { folderExists } from './bare-repository.ts';
import type { GitAccess } from './create-git.ts';
import { type BranchFile, readBranchFile, readCommitFile } from './default-branch.ts';
import { originAccess } from './local-repository.ts';

export interface GitHistoryOptions extends GitAccess {
  /** A path where nothing stands is an empty repository. Default: that is an error. */
  readonly create?: boolean;
}

/** What is known of the sources of a repository. @throws WaybillError as `openGitRefStore`, what is of refs left out */
export interface GitHistory {
  /**
   * How `head` stands to `base`. Commits alone are fetched, and no more than the answer needs: of a descendant the way between
   * the two, the whole history where they have diverged. What a shallow copy on this machine lacks is asked of its origin.
   * @throws WaybillError `COMMIT_INVALID` (user)
   */
  compareCommits(base: CommitId, head: CommitId, options?: IoOptions): Promise<Ancestry>;
  /**
   * A file of the default branch: of a host and of a bare repository that of HEAD, of a working copy that of its origin.
   * Undefined where there is no such file, or no commit at all.
   * @param path as it stands in the repository, `/` between; letters, digits, `_`, `.`, `-`
   * @throws WaybillError `FILE_TOO_LARGE` (user) past 1 MiB, `GIT_NO_DEFAULT_BRANCH` (user)
   */
  readDefaultBranchFile(path: string, options?: IoOptions): Promise<BranchFile | undefined>;
  /**
   * The same of one commit, which the repository must give by its id, as hosts do.
   * @throws WaybillError `COMMIT_UNKNOWN` (integrity), `COMMIT_INVALID`, `FILE_TOO_LARGE` (user)
   */
  readFile(commit: CommitId, path: string, options?: IoOptions): Promise<Uint8Array | undefined>;
}

/** A copy of a copy of a copy. */
const MAX_ORIGINS = 3;
const PATH = /^(?!.*\.\.)[\w.-]+(?:\/[\w.-]+)*$/;

/** History over the `git` program, in private clones of commits. Nothing is asked before it is used. */
export function openGitHistory(options: GitHistoryOptions): GitHistory {
  const { remote, create = false } = options;
  const isUnmade = async (): Promise<boolean> => create && remote.kind === 'path' && !(await folderExists(remote.path));

  return {
    async compareCommits(base, head, io) {
      io?.signal?.throwIfAborted();
      if (parseCommitId(base) === parseCommitId(head)) return 'identical';
      if (await isUnmade()) return 'unknown';
      const answer = await compareAt(options, base, head, io);
      return answer === 'unknown' ? compareAtOrigins(options, base, head, io) : answer;
    },
    async readDefaultBranchFile(path, io) {
      io?.signal?.throwIfAborted();
      checkPath(path);
      return (await isUnmade()) ? undefined : readBranchFile(options, path, io);
    },
    async readFile(commit, path, io) {
      io?.signal?.throwIfAborted();
      checkPath(path);
      return readCommitFile(options, parseCommitId(commit), path, io);
    },
  };
}

function checkPath(path: string): void {
  if (!PATH.test(path)) throw new RangeError(`not a path of a file: ${JSON.stringify(path)}`);
}

async function compareAtOrigins(access: GitAccess, base: CommitId, head: CommitId, io?: IoOptions): Promise<Ancestry> {
  let place = await originAccess(access, io);
  for (let round = 0; place !== undefined && round < MAX_ORIGINS; round += 1) {
    try {
      const answer = await compareAt(place, base, head, io);
      if (answer !== 'unknown') return answer;
    } catch {
      // The repository that was named has answered; that the one behind it does not leaves the answer as it is.
      io?.signal?.throwIfAborted();
      return 'unknown';
    }
    place = await originAccess(place, io);
  }
  return 'unknown';
}
