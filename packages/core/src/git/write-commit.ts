import {
  type CommitChange,
  type CommitId,
  checkTreePath,
  commitUnknown,
  type IoOptions,
  parseCommitId,
} from '../content/index.ts';
import type { Git } from './create-git.ts';
import { readObjects } from './read-objects.ts';
import { encodeTree, FILE_MODE, FOLDER_MODE, parseTree, type TreeEntry, withEntry } from './tree-object.ts';

const WHO = { name: 'waybill', email: 'waybill@noreply.invalid' };

/** Files and folders to set in a tree. */
interface Change {
  readonly files: Map<string, Uint8Array>;
  readonly folders: Map<string, Change>;
}

/**
 * A commit on top of the parent, which the repository has. Of the parent's tree only the folders on the way to the files
 * are read.
 * @param time seconds since the epoch
 */
export async function writeCommit(
  git: Git,
  { parent, files, message }: CommitChange,
  time: number,
  options?: IoOptions,
): Promise<CommitId> {
  const change = changeOf(files);
  const root = parent === undefined ? undefined : `${parent}^{tree}`;
  const known = await readTrees(git, root, change, options);
  if (parent !== undefined && known.get('') === undefined) throw commitUnknown(parent);
  const tree = await writeTree(git, change, '', known, options);
  const date = `${time} +0000`;
  const { stdout } = await git(['commit-tree', ...(parent === undefined ? [] : ['-p', parent]), '-F', '-', tree], {
    ...options,
    input: Buffer.from(message),
    env: {
      GIT_AUTHOR_NAME: WHO.name,
      GIT_AUTHOR_EMAIL: WHO.email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: WHO.name,
      GIT_COMMITTER_EMAIL: WHO.email,
      GIT_COMMITTER_DATE: date,
    },
  });
  return idIn(stdout);
}

function changeOf(files: CommitChange['files']): Change {
  const root: Change = { files: new Map(), folders: new Map() };
  for (const [path, bytes] of Object.entries(files)) {
    const parts = checkTreePath(path).split('/');
    const name = parts.pop() ?? '';
    let folder = root;
    for (const part of parts) {
      const inner = folder.folders.get(part) ?? { files: new Map(), folders: new Map() };
      folder.folders.set(part, inner);
      folder = inner;
    }
    folder.files.set(name, bytes);
  }
  return root;
}

/** The parent's trees on the way to what changes, by path; the root's is the empty one. */
async function readTrees(
  git: Git,
  root: string | undefined,
  change: Change,
  options?: IoOptions,
): Promise<ReadonlyMap<string, readonly TreeEntry[]>> {
  if (root === undefined) return new Map();
  const paths = ['', ...folderPaths(change, '')];
  const objects = await readObjects(
    git,
    paths.map((path) => (path === '' ? root : `${root}:${path}`)),
    options,
  );
  const trees = new Map<string, readonly TreeEntry[]>();
  for (const [i, path] of paths.entries()) {
    const object = objects[i];
    if (object?.type === 'tree') trees.set(path, parseTree(object.bytes, object.id.length / 2));
  }
  return trees;
}

function folderPaths(change: Change, base: string): string[] {
  return [...change.folders].flatMap(([name, inner]) => {
    const path = base === '' ? name : `${base}/${name}`;
    return [path, ...folderPaths(inner, path)];
  });
}

async function writeTree(
  git: Git,
  change: Change,
  path: string,
  known: ReadonlyMap<string, readonly TreeEntry[]>,
  options?: IoOptions,
): Promise<string> {
  let entries: readonly TreeEntry[] = known.get(path) ?? [];
  for (const [name, bytes] of change.files) {
    entries = withEntry(entries, { mode: FILE_MODE, name, id: await writeObject(git, 'blob', bytes, options) });
  }
  for (const [name, inner] of change.folders) {
    const id = await writeTree(git, inner, path === '' ? name : `${path}/${name}`, known, options);
    entries = withEntry(entries, { mode: FOLDER_MODE, name, id });
  }
  return writeObject(git, 'tree', encodeTree(entries), options);
}

async function writeObject(git: Git, type: 'blob' | 'tree', bytes: Uint8Array, options?: IoOptions): Promise<string> {
  const { stdout } = await git(['hash-object', '-w', '-t', type, '--stdin'], { ...options, input: bytes });
  return idIn(stdout);
}

function idIn(stdout: Uint8Array): string {
  return parseCommitId(new TextDecoder().decode(stdout).trim());
}
