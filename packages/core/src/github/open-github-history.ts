import { type CommitId, type IoOptions, parseCommitId } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { type Fields, fieldsOf, isFields, shaOf, textOf } from './fields.ts';
import type { Call, GitHub } from './github.ts';
import { unreadable } from './github-error.ts';
import { createCommitReader } from './refs/commit-reader.ts';

/** How the second commit lies to the first: `ahead` follows from it. */
export type Ancestry = 'identical' | 'ahead' | 'behind' | 'diverged' | 'unknown';

/** A file, and the commit that it is from. */
export interface BranchFile {
  readonly bytes: Uint8Array;
  readonly commit: CommitId;
}

/** What the repository of the sources knows. */
export interface GitHubHistory {
  /**
   * How `head` lies to `base`. `unknown` where the repository has one of them not, or both have no ancestor in common.
   * GitHub also knows the commits of forks: that a commit is ahead does not say who made it.
   */
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

const READ: Call = { needs: 'contents: read' };
const PATH = /^(?!.*\.\.)[\w.-]+(?:\/[\w.-]+)*$/;
const MAX_FILE_BYTES = 1024 * 1024;
const ORDERS: readonly Ancestry[] = ['identical', 'ahead', 'behind', 'diverged'];

/** Ancestry and files by GitHub's API: no clone. @throws what {@link GitHub} throws */
export function openGitHubHistory(github: GitHub): GitHubHistory {
  const commits = createCommitReader(github);
  const readFile = async (commit: CommitId, path: string, options?: IoOptions) => {
    if (!PATH.test(path)) throw new RangeError(`not a path of a file: ${JSON.stringify(path)}`);
    const bytes = await commits.file(commit, path, options);
    if (bytes !== undefined && bytes.byteLength > MAX_FILE_BYTES) throw tooLarge(path, bytes.byteLength);
    return bytes;
  };
  return {
    async compareCommits(base, head, options) {
      options?.signal?.throwIfAborted();
      if (parseCommitId(base) === parseCommitId(head)) return 'identical';
      const parameters = { basehead: `${base}...${head}`, per_page: 1 };
      const call = { ...READ, ...options, answers: [404] };
      const parse = (json: unknown) => textOf(fieldsOf(json), 'status');
      const { value } = await github.rest('GET /compare/{basehead}', parameters, parse, call);
      if (value !== undefined) {
        const order = ORDERS.find((each) => each === value);
        if (order === undefined) throw unreadable('GET /compare', `its status is ${JSON.stringify(value)}`);
        return order;
      }
      // 404 is said of commits, and of a repository that the token may not read.
      await defaultTip(github, options);
      return 'unknown';
    },
    async readDefaultBranchFile(path, options) {
      const commit = await defaultTip(github, options);
      if (commit === undefined) return undefined;
      commits.exists(commit);
      const bytes = await readFile(commit, path, options);
      return bytes === undefined ? undefined : { bytes, commit };
    },
    readFile,
  };
}

function tooLarge(path: string, size: number): WaybillError {
  return new WaybillError('FILE_TOO_LARGE', `${path} has ${size} bytes, expected at most ${MAX_FILE_BYTES}`, {
    kind: 'user',
  });
}

const QUERY = `query ($owner: String!, $repo: String!) {
  repository(owner: $owner, name: $repo) { defaultBranchRef { target { oid } } }
}`;

/** Where the default branch is, in one request; undefined for a repository without a commit. */
async function defaultTip(github: GitHub, options?: IoOptions): Promise<CommitId | undefined> {
  const parse = (data: unknown) => {
    const repository: Fields = fieldsOf(fieldsOf(data)['repository'], 'the repository');
    const branch = repository['defaultBranchRef'];
    return isFields(branch) ? shaOf(fieldsOf(branch['target'], 'its target'), 'oid') : undefined;
  };
  return github.graphql(QUERY, {}, parse, { ...READ, ...options });
}
