import { type CommitId, commitUnknown, type IoOptions } from '../content/index.ts';
import type { Clone } from './clone.ts';
import { fetchMissing } from './fetch-missing.ts';
import { TOP } from './fetch-tips.ts';
import { type GitObject, parentsOf, readObjects } from './read-objects.ts';
import { parseTree } from './tree-object.ts';

/** A commit that is here, and one file of its tree. */
export interface CommitFile {
  readonly commit: CommitId;
  readonly parents: readonly CommitId[];
  /** Undefined where the tree has none at that path. */
  readonly file: Uint8Array | undefined;
}

/**
 * One file of each of these commits, all of them in two processes, and at most one fetch.
 * @throws WaybillError `COMMIT_UNKNOWN` (integrity) for one that is not here
 */
export async function readCommitFiles(
  clone: Clone,
  commits: readonly CommitId[],
  path: string,
  options?: IoOptions,
): Promise<readonly CommitFile[]> {
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
    return { commit, parents: parentsOf(object), file: id === undefined ? undefined : files.get(id) };
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
