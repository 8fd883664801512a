import { createHash } from 'node:crypto';

/** Who made a commit, and when: ISO-8601 in UTC, whole seconds. */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export interface TreeEntry {
  readonly name: string;
  readonly mode: string;
  readonly sha: string;
}

/** The objects of one repository, under the ids that git gives them. */
export interface GitObjects {
  blob(sha: string): Uint8Array | undefined;
  tree(sha: string): readonly TreeEntry[] | undefined;
  commit(sha: string): Commit | undefined;
  putBlob(bytes: Uint8Array): string;
  putTree(entries: readonly TreeEntry[]): string;
  putCommit(commit: Commit): string;
  /** The entry of a tree at a path; undefined where there is none. The root is the path ``. */
  at(tree: string, path: string): TreeEntry | undefined;
  /** A tree with this entry set, and the folders on the way to it. */
  withEntry(tree: string | undefined, path: string, entry: Omit<TreeEntry, 'name'>): string;
  /** Every entry below a tree, folders too, with their paths. */
  walk(tree: string): readonly (TreeEntry & { readonly path: string })[];
  /** The commit and all before it. */
  ancestors(commit: string): ReadonlySet<string>;
}

export const FOLDER = '040000';

export function createGitObjects(): GitObjects {
  const blobs = new Map<string, Uint8Array>();
  const trees = new Map<string, readonly TreeEntry[]>();
  const commits = new Map<string, Commit>();

  const objects: GitObjects = {
    blob: (sha) => blobs.get(sha),
    tree: (sha) => trees.get(sha),
    commit: (sha) => commits.get(sha),
    putBlob(bytes) {
      const sha = objectId('blob', bytes);
      blobs.set(sha, Uint8Array.from(bytes));
      return sha;
    },
    putTree(entries) {
      const sorted = [...entries].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
      const sha = objectId('tree', Buffer.concat(sorted.map(treeLine)));
      trees.set(sha, sorted);
      return sha;
    },
    putCommit(commit) {
      const sha = objectId('commit', Buffer.from(commitText(commit)));
      commits.set(sha, commit);
      return sha;
    },
    at(tree, path) {
      let entry: TreeEntry = { name: '', mode: FOLDER, sha: tree };
      for (const part of path === '' ? [] : path.split('/')) {
        const next = trees.get(entry.sha)?.find(({ name }) => name === part);
        if (next === undefined) return undefined;
        entry = next;
      }
      return entry;
    },
    withEntry(tree, path, entry) {
      const [name = '', ...rest] = path.split('/');
      const entries = tree === undefined ? [] : (trees.get(tree) ?? []);
      const old = entries.find((each) => each.name === name);
      const below = old?.mode === FOLDER ? old.sha : undefined;
      const made =
        rest.length === 0
          ? { name, ...entry }
          : { name, mode: FOLDER, sha: objects.withEntry(below, rest.join('/'), entry) };
      return objects.putTree([...entries.filter((each) => each.name !== name), made]);
    },
    walk(tree) {
      return (trees.get(tree) ?? []).flatMap((entry) => {
        const here = { ...entry, path: entry.name };
        if (entry.mode !== FOLDER) return [here];
        return [here, ...objects.walk(entry.sha).map((each) => ({ ...each, path: `${entry.name}/${each.path}` }))];
      });
    },
    ancestors(commit) {
      const seen = new Set<string>();
      const waiting = [commit];
      for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
        if (seen.has(sha)) continue;
        seen.add(sha);
        waiting.push(...(commits.get(sha)?.parents ?? []));
      }
      return seen;
    },
  };
  return objects;
}

/** git sorts folders as if their names ended in `/`. */
function sortKey({ name, mode }: TreeEntry): string {
  return Buffer.from(mode === FOLDER ? `${name}/` : name).toString('latin1');
}

function treeLine({ name, mode, sha }: TreeEntry): Buffer {
  return Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(sha, 'hex')]);
}

function commitText({ tree, parents, author, committer, message }: Commit): string {
  const person = ({ name, email, date }: Person) => `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`;
  const head = [
    `tree ${tree}`,
    ...parents.map((sha) => `parent ${sha}`),
    `author ${person(author)}`,
    `committer ${person(committer)}`,
  ];
  return `${head.join('\n')}\n\n${message}`;
}

function objectId(type: string, content: Uint8Array): string {
  return createHash('sha1').update(`${type} ${content.byteLength}\0`).update(content).digest('hex');
}
