import type { CommitId, IoOptions } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import { type Clone, createClone } from './clone.ts';
import type { GitAccess } from './create-git.ts';

/**
 * How one commit stands to another: `ahead` follows from it, `behind` comes before it, `diverged` neither, though both are
 * there; `unknown`: one of them is not there, or so much of the history is missing that it cannot be told.
 */
export type Ancestry = 'identical' | 'ahead' | 'behind' | 'diverged' | 'unknown';

/** How deep the history is fetched, until it is enough. The last is all of it (git, `--unshallow`). */
const DEPTHS = [32, 512, 8192, 2_147_483_647];

/** How `head` stands to `base` by what this one repository has. */
export async function compareAt(
  access: GitAccess,
  base: CommitId,
  head: CommitId,
  options?: IoOptions,
): Promise<Ancestry> {
  if (base === head) return 'identical';
  if (base.length !== head.length) return 'unknown';
  const clone = await createClone(access, base.length === 64 ? 'sha256' : 'sha1', options);
  for (const depth of DEPTHS) {
    if (!(await fetchBoth(clone, [base, head], depth, options))) return 'unknown';
    // What is found is so however little of the history is here; that there is no way can only be told from all of it.
    if (await isAncestor(clone, base, head, options)) return 'ahead';
    if (await isAncestor(clone, head, base, options)) return 'behind';
    if (!(await isShallow(clone, options))) return 'diverged';
  }
  return 'unknown';
}

/** Fetches both, commits alone; false where the repository does not have one of them. */
async function fetchBoth(
  { fetch, git }: Clone,
  commits: readonly CommitId[],
  depth: number,
  options?: IoOptions,
): Promise<boolean> {
  const filter = 'tree:0';
  try {
    await fetch([`--depth=${depth}`, '--end-of-options', 'origin', ...commits], { ...options, filter });
    return true;
  } catch (error) {
    if (errorCode(error) === 'GIT_NOT_THERE' || errorCode(error) === 'GIT_OTHER_FORMAT') return false;
    if (errorCode(error) !== 'GIT_NOT_GIVEN') throw error;
  }
  // A host that gives nothing by its id gives branches and tags, whole.
  const specs = ['+refs/heads/*:refs/tips/heads/*', '+refs/tags/*:refs/tips/tags/*'];
  await fetch(['--depth=2147483647', '--end-of-options', 'origin', ...specs], { ...options, filter });
  const { stdout } = await git(['rev-list', '--all'], options);
  const known = new Set(new TextDecoder().decode(stdout).split('\n'));
  return commits.every((commit) => known.has(commit));
}

async function isAncestor({ git }: Clone, older: CommitId, newer: CommitId, options?: IoOptions): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', '--end-of-options', older, newer];
  return (await git(args, { ...options, answers: [0, 1] })).status === 0;
}

async function isShallow({ git }: Clone, options?: IoOptions): Promise<boolean> {
  const { stdout } = await git(['rev-parse', '--is-shallow-repository'], options);
  return new TextDecoder().decode(stdout).trim() === 'true';
}
