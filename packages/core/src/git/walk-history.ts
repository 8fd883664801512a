import type { CommitId, HistoryEntry, IoOptions } from '../content/index.ts';
import type { Clone } from './clone.ts';
import { readCommitFiles } from './read-commit-files.ts';

/** How many commits are fetched at a time: few for who looks at the newest, many for who walks on. */
const STRIDES = [16, 128, 1024];
const STRIDE = 4096;
/** Commits read at once. */
const BATCH = 512;

/**
 * First parents from `start` on. The history is fetched as far as it is walked, in strides.
 * @param fetch brings the commit, and so many below it, if the clone does not have them
 */
export async function* walkHistory(
  clone: Clone,
  start: CommitId,
  path: string,
  fetch: (commit: CommitId, depth: number) => Promise<void>,
  options?: IoOptions,
): AsyncIterable<HistoryEntry> {
  let next: CommitId | undefined = start;
  for (let round = 0; next !== undefined; round += 1) {
    const depth = STRIDES[round] ?? STRIDE;
    await fetch(next, depth);
    const commits = await firstParents(clone, next, depth, options);
    next = undefined;
    for (let at = 0; at < commits.length; at += BATCH) {
      const batch = commits.slice(at, at + BATCH);
      for (const entry of await readBatch(clone, batch, path, options)) {
        yield entry.entry;
        // The list of a shallow clone ends early; the commit itself knows better.
        next = entry.parent;
      }
    }
  }
}

async function firstParents(clone: Clone, start: CommitId, count: number, options?: IoOptions): Promise<CommitId[]> {
  const args = ['rev-list', '--first-parent', `--max-count=${count}`, '--end-of-options', start];
  const { stdout } = await clone.git(args, options);
  return new TextDecoder().decode(stdout).trim().split('\n');
}

async function readBatch(
  clone: Clone,
  commits: readonly CommitId[],
  path: string,
  options?: IoOptions,
): Promise<{ readonly entry: HistoryEntry; readonly parent: CommitId | undefined }[]> {
  const read = await readCommitFiles(clone, commits, path, options);
  return read.map(({ commit, parents, file }) => ({
    entry: { commit, parents: parents.length, file },
    parent: parents[0],
  }));
}
