import { createHash } from 'node:crypto';
import { WaybillError } from '../errors/index.ts';
import { checkRef, checkRefPrefix, checkTreePath, parseCommitId } from './ref-names.ts';
import type { CommitChange, CommitId, RefStore } from './ref-store.ts';

interface MemoryCommit {
  readonly parent: CommitId | undefined;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What a memory ref store holds; several stores over one content are what several processes are over one repository. */
export interface MemoryRefs {
  readonly commits: Map<CommitId, MemoryCommit>;
  readonly refs: Map<string, CommitId>;
}

export function createMemoryRefs(): MemoryRefs {
  return { commits: new Map(), refs: new Map() };
}

/** A ref store in memory, for tests and dry runs. */
export function createMemoryRefStore(content: MemoryRefs = createMemoryRefs()): RefStore {
  const { commits, refs } = content;
  const read = (id: CommitId): MemoryCommit => {
    const commit = commits.get(parseCommitId(id));
    if (commit === undefined) throw commitUnknown(id);
    return commit;
  };

  return {
    async resolve(ref, options) {
      options?.signal?.throwIfAborted();
      return refs.get(checkRef(ref));
    },
    async *list(prefix, options) {
      checkRefPrefix(prefix);
      for (const [ref, commit] of [...refs]) {
        options?.signal?.throwIfAborted();
        if (ref.startsWith(prefix)) yield { ref, commit };
      }
    },
    async readFile(commit, path, options) {
      options?.signal?.throwIfAborted();
      return read(commit).files.get(checkTreePath(path));
    },
    async readFiles(ids, path, options) {
      options?.signal?.throwIfAborted();
      checkTreePath(path);
      return ids.map((id) => read(id).files.get(path));
    },
    async *files(commit, folder, options) {
      const start = `${checkTreePath(folder)}/`;
      const inside = [...read(commit).files].filter(([path]) => path.startsWith(start));
      for (const [path, bytes] of inside.sort(([a], [b]) => (a < b ? -1 : 1))) {
        options?.signal?.throwIfAborted();
        yield { path, bytes };
      }
    },
    async parent(commit, options) {
      options?.signal?.throwIfAborted();
      return read(commit).parent;
    },
    async *history(commit, path, options) {
      checkTreePath(path);
      for (let id: CommitId | undefined = commit; id !== undefined; ) {
        options?.signal?.throwIfAborted();
        const { files, parent }: MemoryCommit = read(id);
        yield { commit: id, parents: parent === undefined ? 0 : 1, file: files.get(path) };
        id = parent;
      }
    },
    async commit({ parent, files, message }, options) {
      options?.signal?.throwIfAborted();
      const all = new Map(parent === undefined ? [] : read(parent).files);
      for (const [path, bytes] of Object.entries(files)) all.set(checkTreePath(path), Uint8Array.from(bytes));
      const id = commitId({ ...(parent === undefined ? {} : { parent }), files, message });
      commits.set(id, { parent, files: all });
      return id;
    },
    async move(ref, to, { expected, signal }) {
      signal?.throwIfAborted();
      checkRef(ref);
      read(to);
      if (expected !== undefined && !descends(to, expected, read)) throw notForward(ref, to, expected);
      if (refs.get(ref) !== expected) return false;
      refs.set(ref, to);
      return true;
    },
    async assertWritable(options) {
      options?.signal?.throwIfAborted();
    },
  };
}

/** The error for a commit that the store does not have. */
export function commitUnknown(commit: CommitId): WaybillError {
  return new WaybillError('COMMIT_UNKNOWN', `there is no commit ${commit} in the ledger's repository`, {
    kind: 'integrity',
    hint: 'The ref that named it was changed by another hand, or the repository lost objects: compare it with a copy.',
  });
}

/** The error for a move to a commit that does not follow from where the ref points. */
export function notForward(ref: string, to: CommitId, expected: CommitId): WaybillError {
  return new WaybillError('REF_NOT_FORWARD', `${ref} cannot move to ${to}, which does not follow from ${expected}`, {
    kind: 'bug',
  });
}

function descends(to: CommitId, from: CommitId, read: (id: CommitId) => MemoryCommit): boolean {
  for (let id: CommitId | undefined = read(to).parent; id !== undefined; id = read(id).parent) {
    if (id === from) return true;
  }
  return false;
}

/** Alike for alike content, as git's are. */
function commitId({ parent, files, message }: CommitChange): CommitId {
  const hash = createHash('sha1').update(JSON.stringify([parent ?? null, message]));
  for (const [path, bytes] of Object.entries(files)) hash.update(`\n${path} ${bytes.byteLength}\n`).update(bytes);
  return hash.digest('hex');
}
