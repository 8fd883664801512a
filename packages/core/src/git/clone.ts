import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { limit, withRetry } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import type { ProgramEnd } from '../proc/index.ts';
import { createGit, type Git, type GitAccess, type GitCall } from './create-git.ts';

/** A private bare repository that knows the remote as `origin`. */
export interface Clone {
  readonly folder: string;
  readonly git: Git;
  /** `git fetch` with these arguments, one at a time, tried again where that can help. */
  fetch(args: readonly string[], call?: GitCall): Promise<ProgramEnd>;
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

/** A new, empty clone below the access's work folder. Its time is that of three processes. */
export async function createClone(access: GitAccess, format: ObjectFormat, options?: IoOptions): Promise<Clone> {
  await mkdir(access.workFolder, { recursive: true });
  const folder = await mkdtemp(join(access.workFolder, 'git-'));
  const git = createGit(access, folder);
  // An empty template: no hooks, no settings of other hands.
  await git(['init', '--bare', '--quiet', '--template=', `--object-format=${format}`, folder], options);
  // Two at once would both write the list of shallow commits.
  const oneAtATime = limit(1);
  const fetch = (args: readonly string[], call?: GitCall): Promise<ProgramEnd> =>
    oneAtATime(() => {
      const policy = {
        ...RETRY,
        retryable: (error: unknown) => errorCode(error) === 'GIT_FAILED' && !isRefusal(error),
      };
      return withRetry(() => git([...FETCH, ...args], call), policy, access.clock, call?.signal);
    }, call?.signal);
  return { folder, git, fetch };
}

/** Whether the remote says that it does not have, or does not give, what was asked for by its id. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    /not our ref|unadvertised object|no such remote ref|couldn't find remote ref|bad object/i.test(error.message)
  );
}
