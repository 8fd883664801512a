import {
  type CommitChange,
  type CommitId,
  commitUnknown,
  type HistoryEntry,
  type IoOptions,
  parseCommitId,
  REF_ROOT,
} from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import { type Clone, createClone } from './clone.ts';
import type { GitAccess } from './create-git.ts';
import { fetchTips, type RemoteTip, TOP } from './fetch-tips.ts';
import { refspecs } from './ref-forms.ts';
import { walkHistory } from './walk-history.ts';
import { writeCommit } from './write-commit.ts';

/** A private clone of the ledger: what was fetched so far, and what was made here and perhaps not pushed. */
export interface LedgerClone {
  clone(options?: IoOptions): Promise<Clone>;
  tips(prefix: string, options?: IoOptions): Promise<readonly RemoteTip[]>;
  /** Brings the commit, if it is not here. @throws WaybillError `COMMIT_UNKNOWN`, `COMMIT_INVALID` */
  ensure(commit: CommitId, options?: IoOptions): Promise<Clone>;
  history(commit: CommitId, path: string, options?: IoOptions): AsyncIterable<HistoryEntry>;
  commit(change: CommitChange, options?: IoOptions): Promise<CommitId>;
  /** Whether `commit` is `tip`, or stands below it: in the whole history, or in so many of its newest commits. */
  isBelow(commit: CommitId, tip: CommitId, options?: IoOptions & { readonly within?: number }): Promise<boolean>;
}

/** A path that no tree has: only the commits of the walk count. */
const NO_FILE = 'none';
/** The whole history (git, `--unshallow`). */
const ALL = 2_147_483_647;

/** @param isUnmade whether there is no repository at all yet */
export function openLedgerClone(access: GitAccess, isUnmade: () => Promise<boolean>): LedgerClone {
  let made: Promise<Clone> | undefined;
  const clone = (options?: IoOptions): Promise<Clone> => {
    made ??= createClone(access, 'sha1', options);
    // One that could not be made is made anew by the next call.
    made.catch(() => {
      made = undefined;
    });
    return made;
  };
  /** Commits that are here with the top of their trees. */
  const here = new Set<CommitId>();
  /** Those that were made here, and so have no history to fetch, with their parents. */
  const own = new Map<CommitId, CommitId | undefined>();

  const tips = async (prefix: string, options?: IoOptions): Promise<readonly RemoteTip[]> => {
    if (await isUnmade()) return [];
    let found: readonly RemoteTip[];
    try {
      found = await fetchTips(await clone(options), prefix, options);
    } catch (error) {
      if (errorCode(error) !== 'GIT_OTHER_FORMAT' || here.size > 0) throw error;
      made = createClone(access, 'sha256', options);
      found = await fetchTips(await made, prefix, options);
    }
    for (const { commit } of found) here.add(commit);
    return found;
  };

  /** Of a host that gives nothing by its id: all refs, whole, and whether the commit is in them. */
  const isInRefs = async (commit: CommitId, options?: IoOptions): Promise<boolean> => {
    const { fetch: run, git } = await clone(options);
    try {
      const args = [`--depth=${ALL}`, '--end-of-options', 'origin', ...refspecs(REF_ROOT)];
      await run(args, { ...options, filter: TOP });
    } catch (error) {
      if (errorCode(error) !== 'GIT_NOT_THERE') throw error;
    }
    const { stdout } = await git(['rev-list', '--all'], options);
    return new TextDecoder().decode(stdout).split('\n').includes(commit);
  };

  const fetch = async (commit: CommitId, depth: number, options?: IoOptions): Promise<void> => {
    if (await isUnmade()) throw commitUnknown(commit);
    const { fetch: run } = await clone(options);
    try {
      const args = [`--depth=${depth}`, '--no-prune', '--end-of-options', 'origin', commit];
      await run(args, { ...options, filter: TOP });
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'GIT_NOT_GIVEN' && code !== 'GIT_NOT_THERE') throw error;
      if (code === 'GIT_NOT_THERE' || !(await isInRefs(commit, options))) throw commitUnknown(commit);
    }
    here.add(commit);
  };

  const ensure = async (commit: CommitId, options?: IoOptions): Promise<Clone> => {
    if (!here.has(parseCommitId(commit))) await fetch(commit, 1, options);
    return clone(options);
  };

  async function* history(commit: CommitId, path: string, options?: IoOptions): AsyncIterable<HistoryEntry> {
    const start = await ensure(commit, options);
    const deepen = async (from: CommitId, depth: number): Promise<void> => {
      if (!own.has(from)) await fetch(from, depth, options);
    };
    yield* walkHistory(start, commit, path, deepen, options);
  }

  return {
    clone,
    tips,
    ensure,
    history,
    async commit(change, options) {
      const { git } = change.parent === undefined ? await clone(options) : await ensure(change.parent, options);
      const id = await writeCommit(git, change, Math.floor(access.clock.now() / 1000), options);
      own.set(id, change.parent);
      here.add(id);
      return id;
    },
    async isBelow(commit, tip, options = {}) {
      for (let id: CommitId | undefined = tip; id !== undefined; id = own.get(id)) if (id === commit) return true;
      let walked = 0;
      for await (const each of history(tip, NO_FILE, options)) {
        if (each.commit === commit) return true;
        walked += 1;
        if (walked === options.within) return false;
      }
      return false;
    },
  };
}
