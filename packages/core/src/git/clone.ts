import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { limit, withRetry } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import type { ProgramEnd } from '../proc/index.ts';
import { createGit, type Git, type GitAccess, type GitCall } from './create-git.ts';

/** Which objects a fetch leaves out (git-rev-list, `--filter`). */
export type Filter = 'tree:0' | 'tree:1' | 'tree:2' | 'blob:none';

export interface FetchCall extends GitCall {
  /** What is left out where the remote can: else `blob:none`, else nothing. */
  readonly filter?: Filter;
}

/** A private bare repository that knows the remote as `origin`. */
export interface Clone {
  readonly git: Git;
  /** `git fetch` with these arguments, one at a time, tried again where that can help. */
  fetch(args: readonly string[], call?: FetchCall): Promise<ProgramEnd>;
  /** What the remote has refused to leave out so far. */
  readonly refused: ReadonlySet<Filter>;
}

export type ObjectFormat = 'sha1' | 'sha256';

const FETCH = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
];
const RETRY = { attempts: 4, baseMs: 500, capMs: 8000, budgetMs: 60_000 };

/** A new, empty clone below the access's work folder. Nothing is asked of the remote. */
export async function createClone(access: GitAccess, format: ObjectFormat, options?: IoOptions): Promise<Clone> {
  await mkdir(access.workFolder, { recursive: true });
  const folder = await mkdtemp(join(access.workFolder, 'git-'));
  const git = createGit(access, folder);
  // An empty template: no hooks, no settings of other hands.
  await git(['init', '--bare', '--quiet', '--template=', `--object-format=${format}`, folder], options);
  // Two at once would both write the list of shallow commits.
  const oneAtATime = limit(1);
  const refused = new Set<Filter>();

  const fetchOnce = async (args: readonly string[], call: FetchCall): Promise<ProgramEnd> => {
    const filters: readonly Filter[] = call.filter === undefined ? [] : [call.filter, 'blob:none'];
    const filter = filters.find((each) => !refused.has(each));
    try {
      return await git([...FETCH, ...(filter === undefined ? [] : [`--filter=${filter}`]), ...args], call);
    } catch (error) {
      if (filter === undefined || errorCode(error) !== 'GIT_NO_FILTER') throw error;
      refused.add(filter);
      return fetchOnce(args, call);
    }
  };

  const policy = { ...RETRY, retryable: (error: unknown) => errorCode(error) === 'GIT_FAILED' };
  const fetch = (args: readonly string[], call: FetchCall = {}): Promise<ProgramEnd> =>
    oneAtATime(() => withRetry(() => fetchOnce(args, call), policy, access.clock, call.signal), call.signal);
  return { git, fetch, refused };
}
