import type { IoOptions } from './ports.ts';

/** The id of a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hex characters. */
export type CommitId = string;

/** A ref and the commit that it points at. */
export interface RefTip {
  readonly ref: string;
  readonly commit: CommitId;
}

/** A file of a tree. Not trusted: whoever knows what it should hold parses it. */
export interface TreeFile {
  /** From the root of the tree, `/` between. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a new commit is made of. */
export interface CommitChange {
  /** Without it the commit has no parent, and its tree holds the files alone. */
  readonly parent?: CommitId;
  /** Set in the parent's tree, by path (`checkTreePath`); what is not named stays. At least one. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly message: string;
}

export interface MoveOptions extends IoOptions {
  /** Where the ref points now; `undefined`: there is no such ref, and it is created. */
  readonly expected: CommitId | undefined;
}

/**
 * Refs that move by compare-and-set, and the commits behind them: the names of the ledger. A ref is `refs/waybill/…`
 * ({@link checkRef}). One suite, `packages/testing/src/ref-store-suite`, holds for all of them.
 *
 * Every method may throw `REF_INVALID` or `TREE_PATH_INVALID` (bug: a name that this house does not write), and the errors
 * of its backend (remote).
 */
export interface RefStore {
  /** Where the ref points; undefined where there is none. */
  resolve(ref: string, options?: IoOptions): Promise<CommitId | undefined>;
  /** All refs that start with the prefix, which ends in `/`; in no order. */
  list(prefix: string, options?: IoOptions): AsyncIterable<RefTip>;
  /**
   * A file of the commit's tree, undefined where there is none. Costs the same however long the history and however many
   * the files. Not trusted: parse it.
   * @throws WaybillError `COMMIT_UNKNOWN` (integrity), `REF_FILE_TOO_LARGE` (integrity) past {@link MAX_REF_FILE_BYTES}
   */
  readFile(commit: CommitId, path: string, options?: IoOptions): Promise<Uint8Array | undefined>;
  /**
   * The same file of many commits, in their order: in as few requests as the backend has for it, not one each.
   * @throws as {@link RefStore.readFile}
   */
  readFiles(
    commits: readonly CommitId[],
    path: string,
    options?: IoOptions,
  ): Promise<readonly (Uint8Array | undefined)[]>;
  /** Every file below a folder of the commit's tree, in one go, in the order of their paths. For checks of all of it. */
  files(commit: CommitId, folder: string, options?: IoOptions): AsyncIterable<TreeFile>;
  /** The first parent; undefined for a commit without one. @throws WaybillError `COMMIT_UNKNOWN` (integrity) */
  parent(commit: CommitId, options?: IoOptions): Promise<CommitId | undefined>;
  /** The commit and its first parents, newest first, each with the file that its tree has at `path`. For long walks in one go. */
  history(commit: CommitId, path: string, options?: IoOptions): AsyncIterable<HistoryEntry>;
  /** Makes a commit. Nobody sees it before a ref points at it. @throws WaybillError `COMMIT_UNKNOWN` (integrity) */
  commit(change: CommitChange, options?: IoOptions): Promise<CommitId>;
  /**
   * Points the ref at `to` if it points at `expected` now, in one step; false where somebody else was first. `to` is a
   * descendant of `expected` (`REF_NOT_FORWARD`, bug): refs never move backwards, and are never overwritten.
   */
  move(ref: string, to: CommitId, options: MoveOptions): Promise<boolean>;
  /**
   * Returns where refs may be moved, as far as can be known without moving one.
   * @throws WaybillError `LEDGER_DENIED` (user)
   */
  assertWritable(options?: IoOptions): Promise<void>;
}

/** One commit of a walk. */
export interface HistoryEntry {
  readonly commit: CommitId;
  /** How many parents it has: one that the ledger made has one at most. */
  readonly parents: number;
  readonly file: Uint8Array | undefined;
}

/** 4 MiB: more than any file that the ledger writes. */
export const MAX_REF_FILE_BYTES = 4 * 1024 * 1024;
