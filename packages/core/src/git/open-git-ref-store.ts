import {
  type CommitId,
  checkRef,
  checkRefPrefix,
  checkTreePath,
  commitUnknown,
  type IoOptions,
  MAX_REF_FILE_BYTES,
  type MoveOptions,
  notForward,
  parseCommitId,
  type RefStore,
} from '../content/index.ts';
import { errorCode, WaybillError } from '../errors/index.ts';
import { assertFolderWritable, folderExists, makeBareRepository } from './bare-repository.ts';
import type { GitAccess } from './create-git.ts';
import type { RemoteTip } from './fetch-tips.ts';
import { openLedgerClone } from './ledger-clone.ts';
import { denied, type MoveDeps, moveRef, refRefused } from './move-ref.ts';
import { pushRef } from './push-ref.ts';
import { readCommitFiles } from './read-commit-files.ts';
import { readFolder } from './read-folder.ts';
import { parentsOf, readObjects } from './read-objects.ts';
import { type RefForm, remoteName } from './ref-forms.ts';

export interface GitRefStoreOptions extends GitAccess {
  /** A path where nothing stands becomes a bare repository with the first ref. Default: that is an error. */
  readonly create?: boolean;
}

/** Commits whose files are read by one process. */
const COMMITS_AT_ONCE = 512;
/** So many commits may have come on top of ours while a push was in doubt. */
const DOUBT = 64;

/**
 * A ref store over the `git` program: reads by shallow, partial fetches, moves by pushes with a lease. Where a host takes
 * no refs below `refs/waybill/`, the same ones are branches `waybill/…`; a ref stays in the form in which it was created.
 * Nothing is asked before the store is used.
 *
 * @throws by every method: WaybillError `GIT_MISSING`, `GIT_TOO_OLD`, `GIT_DENIED`, `GIT_REPOSITORY_UNKNOWN`, `GIT_UNSAFE`,
 *   `GIT_REDIRECTED` (user), `GIT_FAILED` (remote), `REF_FORMS_CONFLICT`, `RECORD_INVALID` (integrity); `move` and
 *   `assertWritable` also `LEDGER_DENIED` (user)
 */
export function openGitRefStore(options: GitRefStoreOptions): RefStore {
  const { remote, create = false, clock } = options;
  const isUnmade = async (): Promise<boolean> => create && remote.kind === 'path' && !(await folderExists(remote.path));
  const ledger = openLedgerClone(options, isUnmade);
  const forms = new Map<string, RefForm | 'absent'>();
  let takesCustom = true;

  const tip = async (ref: string, io?: IoOptions): Promise<RemoteTip | undefined> => {
    io?.signal?.throwIfAborted();
    const found = (await ledger.tips(ref, io)).find((each) => each.ref === ref);
    forms.set(ref, found?.form ?? 'absent');
    return found;
  };

  const moveDeps = async (io?: IoOptions): Promise<MoveDeps> => ({
    git: (await ledger.clone(io)).git,
    clock,
    tip,
    isBelow: (commit, top, each) => ledger.isBelow(commit, top, { ...each, within: DOUBT }),
  });

  const createRef = async (ref: string, to: CommitId, io: IoOptions): Promise<boolean> => {
    const deps = await moveDeps(io);
    if (takesCustom) {
      const outcome = await moveRef(deps, { ref, to, expected: undefined, form: 'custom' }, io);
      if (outcome.kind !== 'refused') return outcome.kind === 'moved';
      if ((await tip(ref, io)) !== undefined) return false;
    }
    const outcome = await moveRef(deps, { ref, to, expected: undefined, form: 'branch' }, io);
    if (outcome.kind === 'refused') throw refRefused(deps.git, ref, outcome);
    takesCustom = false;
    return outcome.kind === 'moved';
  };

  return {
    resolve: async (ref, io) => (await tip(checkRef(ref), io))?.commit,
    async *list(prefix, io) {
      io?.signal?.throwIfAborted();
      checkRefPrefix(prefix);
      for (const { ref, commit, form } of await ledger.tips(prefix, io)) {
        forms.set(ref, form);
        yield { ref, commit };
      }
    },
    async readFile(commit, path, io) {
      checkTreePath(path);
      const { git } = await ledger.ensure(commit, io);
      try {
        const [file] = await readObjects(git, [`${commit}:${path}`], { ...io, maxBytes: MAX_REF_FILE_BYTES + 1024 });
        return file?.type === 'blob' ? file.bytes : undefined;
      } catch (error) {
        throw errorCode(error) === 'TOOL_OUTPUT_TOO_LARGE' ? tooLarge(commit, path, error) : error;
      }
    },
    async readFiles(commits, path, io) {
      checkTreePath(path);
      for (const commit of commits) await ledger.ensure(commit, io);
      const files: (Uint8Array | undefined)[] = [];
      for (let at = 0; at < commits.length; at += COMMITS_AT_ONCE) {
        const some = commits.slice(at, at + COMMITS_AT_ONCE);
        for (const { commit, file } of await readCommitFiles(await ledger.clone(io), some, path, io)) {
          if (file !== undefined && file.byteLength > MAX_REF_FILE_BYTES) throw tooLarge(commit, path);
          files.push(file);
        }
      }
      return files;
    },
    async *files(commit, folder, io) {
      checkTreePath(folder);
      yield* readFolder(await ledger.ensure(commit, io), commit, folder, io);
    },
    async parent(commit, io) {
      const { git } = await ledger.ensure(commit, io);
      const [object] = await readObjects(git, [commit], io);
      if (object?.type !== 'commit') throw commitUnknown(commit);
      return parentsOf(object)[0];
    },
    async *history(commit, path, io) {
      checkTreePath(path);
      yield* ledger.history(commit, path, io);
    },
    async commit(change, io) {
      for (const path of Object.keys(change.files)) checkTreePath(path);
      if (change.parent !== undefined) parseCommitId(change.parent);
      return ledger.commit(change, io);
    },
    async move(ref, to, { expected, signal }: MoveOptions) {
      signal?.throwIfAborted();
      const io = signal === undefined ? {} : { signal };
      checkRef(ref);
      await ledger.ensure(to, io);
      if (expected !== undefined && (to === expected || !(await ledger.isBelow(expected, to, io)))) {
        throw notForward(ref, to, expected);
      }
      if (remote.kind === 'path' && create) await makeBareRepository(options, remote.path, io);
      const form = forms.get(ref) ?? (await tip(ref, io))?.form ?? 'absent';
      if (expected === undefined) return form === 'absent' && (await createRef(ref, to, io));
      const known = form === 'absent' ? (await tip(ref, io))?.form : form;
      if (known === undefined) return false;
      const deps = await moveDeps(io);
      const outcome = await moveRef(deps, { ref, to, expected, form: known }, io);
      if (outcome.kind === 'refused') throw refRefused(deps.git, ref, outcome);
      return outcome.kind === 'moved';
    },
    async assertWritable(io) {
      if (remote.kind === 'path') await assertFolderWritable(remote.path);
      if (await isUnmade()) return;
      const { git } = await ledger.clone(io);
      const to = await ledger.commit({ files: {}, message: 'may this be pushed?\n' }, io);
      const name = remoteName('refs/waybill/writable', 'custom');
      const outcome = await pushRef(git, { name, to, expected: undefined, dryRun: true }, io);
      if (outcome.kind === 'unknown') throw denied(outcome.error);
      if (outcome.kind === 'refused') throw refRefused(git, name, outcome);
    },
  };
}

function tooLarge(commit: CommitId, path: string, cause?: unknown): WaybillError {
  return new WaybillError(
    'REF_FILE_TOO_LARGE',
    `${path} of commit ${commit} has more than ${MAX_REF_FILE_BYTES} bytes`,
    {
      kind: 'integrity',
      cause,
    },
  );
}
