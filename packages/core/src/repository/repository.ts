import type { CommitId, IoOptions, RefStore } from '../content/index.ts';
import type { Ancestry, BranchFile } from '../git/index.ts';
import type { GitHub } from '../github/index.ts';

/** What is known of the sources of a repository. */
export interface History {
  /** How `head` stands to `base`; `unknown` where it has one of them not. @throws WaybillError `COMMIT_INVALID` (user) */
  compareCommits(base: CommitId, head: CommitId, options?: IoOptions): Promise<Ancestry>;
  /**
   * A file of the default branch as it is now; undefined where there is none.
   * @param path as it stands in the repository, `/` between; letters, digits, `_`, `.`, `-`
   * @throws WaybillError `FILE_TOO_LARGE` (user) past 1 MiB
   */
  readDefaultBranchFile(path: string, options?: IoOptions): Promise<BranchFile | undefined>;
  /** The same of one commit. @throws WaybillError `COMMIT_UNKNOWN` (integrity), `FILE_TOO_LARGE` (user) */
  readFile(commit: CommitId, path: string, options?: IoOptions): Promise<Uint8Array | undefined>;
}

/** A git repository: the ledger in its refs, and its sources. Nothing is asked before it is used. */
export interface Repository extends History {
  /** By GitHub's API, without a clone and without git; or by the `git` program. */
  readonly by: 'api' | 'git';
  /** As a person would write it, without credentials. */
  readonly shown: string;
  readonly refs: RefStore;
  /** The client that the repository is reached with, for what else it has (releases); undefined by git. */
  readonly github: GitHub | undefined;
  /** Whether it is for certain that nothing is there, nor shall be made: a path. Hosts hide what a token may not read. */
  isMissing(): Promise<boolean>;
}
