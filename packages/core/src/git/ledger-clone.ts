import {
  type CommitChange,
  type CommitId,
  commitUnknown,
  type HistoryEntry,
  type IoOptions,
  parseCommitId,
} from '../content/index.ts';
import { type Clone, createClone, isRefusal } from './clone.ts';
import type { GitAccess } from './create-git.ts';
import { fetchTips, type RemoteTip, SHALLOW } from './fetch-tips.ts';
import { readObjects } from './read-objects.ts';
import { refspecs } from './ref-forms.ts';
import { walkHistory } from './walk-history.ts';
import { writeCommit } from './write-commit.ts';

/** A private clone of the ledger: what was fetched so far, and what was made here and not pushed yet. */
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

/** Any path: only the commits of the walk count. */
const NO_FILE = 'none';

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
      if (!isOtherFormat(error) || here.size > 0) throw error;
      made = createClone(access, 'sha256', options);
      found = await fetchTips(await made, prefix, options);
    }
    for (const { commit } of found) here.add(commit);
    return found;
  };

  const fetch = async (commit: CommitId, args: readonly string[], options?: IoOptions): Promise<void> => {
    if (await isUnmade()) throw commitUnknown(commit);
    const { fetch: run, git } = await clone(options);
    try {
      await run([...args, '--no-prune', '--end-of-options', 'origin', commit], options);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // A host that gives nothing by its id gives refs, whole.
      const found = await run(
        ['--filter=tree:2', '--depth=2147483647', '--end-of-options', 'origin', ...refspecs('refs/waybill/')],
        {
          ...options,
          answers: [0, 1],
        },
      ).then(
        () => readObjects(git, [commit], options),
        () => [],
      );
      if (found[0]?.type !== 'commit') throw commitUnknown(commit);
    }
    here.add(commit);
  };

  const ensure = async (commit: CommitId, options?: IoOptions): Promise<Clone> => {
    if (!here.has(parseCommitId(commit))) await fetch(commit, SHALLOW, options);
    return clone(options);
  };

  async function* history(commit: CommitId, path: string, options?: IoOptions): AsyncIterable<HistoryEntry> {
    const start = await ensure(commit, options);
    const deepen = async (from: CommitId, depth: number): Promise<void> => {
      if (!own.has(from)) await fetch(from, [`--depth=${depth}`, '--filter=tree:2'], options);
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

function isOtherFormat(error: unknown): boolean {
  return error instanceof Error && /mismatched algorithms/.test(error.message);
}
