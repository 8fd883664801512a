import {
  type CommitId,
  checkRef,
  checkRefPrefix,
  checkTreePath,
  type IoOptions,
  type MoveOptions,
  notForward,
  parseCommitId,
  type RefStore,
} from '../../content/index.ts';
import type { GitHub } from '../github.ts';
import { writeNothing } from '../write-object.ts';
import { createCommitReader } from './commit-reader.ts';
import { ledgerDenied, type MoveDeps, type MoveOutcome, moveRef, refRefused } from './move-ref.ts';
import { readFiles } from './read-files.ts';
import { readFolder } from './read-folder.ts';
import type { RefForm } from './ref-forms.ts';
import { createRefTips } from './ref-tips.ts';
import { walkHistory } from './walk-history.ts';
import { writeCommit } from './write-commit.ts';

/**
 * A ref store over GitHub's API: no clone, and nothing but a token is needed. Refs are created by `POST git/refs`, which is
 * atomic, and moved by GraphQL's `updateRefs` with `beforeOid`, which compares and sets. Where GitHub takes no refs below
 * `refs/waybill/`, the same ones are branches `waybill/…`; a ref stays in the form in which it was created. A commit that
 * only a fork has can be read through the repository that it was forked from: an id means nothing before a ref names it.
 *
 * @throws by every method what {@link GitHub} throws, `REF_FORMS_CONFLICT`, `RECORD_INVALID` (integrity); `move`, `commit` and
 *   `assertWritable` `LEDGER_DENIED` (user)
 */
export function openGitHubRefStore(github: GitHub): RefStore {
  const commits = createCommitReader(github);
  const tips = createRefTips(github, commits);
  const deps: MoveDeps = { github, commits, tips };
  const forms = new Map<string, RefForm>();
  let takesCustom = true;

  const tip = async (ref: string, options?: IoOptions) => {
    const found = await tips.tip(ref, options);
    if (found !== undefined) forms.set(ref, found.form);
    return found;
  };

  const create = async (ref: string, to: CommitId, options: IoOptions): Promise<boolean> => {
    const moved = (outcome: MoveOutcome, form: RefForm) => {
      // Remembered, because the next look may come too early to see it.
      if (outcome.kind === 'moved') forms.set(ref, form);
      return outcome.kind === 'moved';
    };
    if (takesCustom) {
      const outcome = await moveRef(deps, { ref, to, expected: undefined, form: 'custom' }, options);
      if (outcome.kind !== 'refused') return moved(outcome, 'custom');
    }
    tips.hasBranches();
    const outcome = await moveRef(deps, { ref, to, expected: undefined, form: 'branch' }, options);
    if (outcome.kind === 'refused') throw refRefused(ref, outcome.reason);
    takesCustom = false;
    return moved(outcome, 'branch');
  };

  /** @throws WaybillError `COMMIT_UNKNOWN`, `REF_NOT_FORWARD` */
  const checkMove = async (ref: string, to: CommitId, expected: CommitId | undefined, options: IoOptions) => {
    await commits.facts(to, options);
    if (expected === undefined) return;
    if (to === expected || !(await commits.isBefore(expected, to, options))) throw notForward(ref, to, expected);
  };

  return {
    resolve: async (ref, options) => {
      options?.signal?.throwIfAborted();
      return (await tip(checkRef(ref), options))?.commit;
    },
    async *list(prefix, options) {
      options?.signal?.throwIfAborted();
      yield* tips.list(checkRefPrefix(prefix), options);
    },
    readFile: async (commit, path, options) => commits.file(commit, checkTreePath(path), options),
    readFiles: async (ids, path, options) =>
      readFiles(github, commits, { of: ids, path: checkTreePath(path) }, options),
    async *files(commit, folder, options) {
      yield* readFolder(github, commits, { commit, folder: checkTreePath(folder) }, options);
    },
    parent: async (commit, options) => (await commits.facts(commit, options)).parents[0],
    async *history(commit, path, options) {
      yield* walkHistory(github, commits, { commit, path: checkTreePath(path) }, options);
    },
    async commit(change, options) {
      for (const path of Object.keys(change.files)) checkTreePath(path);
      if (change.parent !== undefined) parseCommitId(change.parent);
      return writeCommit(github, commits, change, options).catch((error: unknown) => {
        throw ledgerDenied(error);
      });
    },
    async move(ref, to, { expected, signal }: MoveOptions) {
      signal?.throwIfAborted();
      const options = signal === undefined ? {} : { signal };
      checkRef(ref);
      await checkMove(ref, to, expected, options);
      try {
        if (expected === undefined) return (await tip(ref, options)) === undefined && (await create(ref, to, options));
        const form = forms.get(ref) ?? (await tip(ref, options))?.form;
        if (form === undefined) return false;
        const outcome = await moveRef(deps, { ref, to, expected, form }, options);
        if (outcome.kind === 'refused') throw refRefused(ref, outcome.reason);
        return outcome.kind === 'moved';
      } catch (error) {
        throw ledgerDenied(error);
      }
    },
    async assertWritable(options) {
      await writeNothing(github, options).catch((error: unknown) => {
        throw ledgerDenied(error);
      });
    },
  };
}
