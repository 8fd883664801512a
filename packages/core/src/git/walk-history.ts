import { type CommitId, commitUnknown, type HistoryEntry, type IoOptions } from '../content/index.ts';
import type { Clone } from './clone.ts';
import { fetchMissing } from './fetch-missing.ts';
import { TOP } from './fetch-tips.ts';
import { type GitObject, parentsOf, readObjects } from './read-objects.ts';
import { parseTree } from './tree-object.ts';

/** How many commits are fetched at a time: few for who looks at the newest, many for who walks on. */
const STRIDES = [16, 128, 1024];
const STRIDE = 4096;
/** Commits read in one process. */
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
  const cut = path.lastIndexOf('/');
  const folder = cut === -1 ? '' : path.slice(0, cut);
  const names = commits.flatMap((commit) => [commit, `${commit}:${folder}`]);
  const objects = await readObjects(clone.git, names, options);
  const ids = commits.map((_, i) => fileId(objects[2 * i + 1], path.slice(cut + 1)));
  const files = await readFiles(clone, new Set(ids.filter((id) => id !== undefined)), options);
  return commits.map((commit, i) => {
    const object = objects[2 * i];
    const id = ids[i];
    if (object?.type !== 'commit') throw commitUnknown(commit);
    const parents = parentsOf(object);
    const file = id === undefined ? undefined : files.get(id);
    return { entry: { commit, parents: parents.length, file }, parent: parents[0] };
  });
}

function fileId(tree: GitObject | undefined, name: string): string | undefined {
  if (tree?.type !== 'tree') return undefined;
  return parseTree(tree.bytes, tree.id.length / 2).find((entry) => entry.name === name)?.id;
}

async function readFiles(
  clone: Clone,
  ids: ReadonlySet<string>,
  options?: IoOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  // Where the remote leaves out all files, they are not here yet; git would fetch them one by one.
  if (clone.refused.has(TOP) && !clone.refused.has('blob:none')) await fetchMissing(clone, [...ids], options);
  const objects = await readObjects(clone.git, [...ids], options);
  return new Map(objects.flatMap((object) => (object?.type === 'blob' ? [[object.id, object.bytes] as const] : [])));
}
