import { WaybillError } from '../errors/index.ts';
import type { CommitId } from './ref-store.ts';

/** Below it stand all refs of this product. */
export const REF_ROOT = 'refs/waybill/';

/** No dot: so there is no `..`, no `.lock`, no hidden folder. */
const REF = /^refs\/waybill(?:\/[a-z0-9_-]{1,128}){1,6}$/;
const PREFIX = /^refs\/waybill(?:\/[a-z0-9_-]{1,128}){0,5}\/$/;

const PATH = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?:\/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}){0,7}$/;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The ref as it is: one to six components of `[a-z0-9_-]` below `refs/waybill/`. These are legal in every git, on file
 * systems that fold case, and never an option of a command.
 * @throws WaybillError `REF_INVALID` (bug)
 */
export function checkRef(ref: string): string {
  if (REF.test(ref)) return ref;
  throw refInvalid(ref);
}

/** The same for what refs start with; ends in `/`. @throws WaybillError `REF_INVALID` (bug) */
export function checkRefPrefix(prefix: string): string {
  if (PREFIX.test(prefix)) return prefix;
  throw refInvalid(prefix);
}

/**
 * The path as it is: up to eight components of `[A-Za-z0-9._-]` that start with neither a dot nor a dash, `/` between.
 * @throws WaybillError `TREE_PATH_INVALID` (bug)
 */
export function checkTreePath(path: string): string {
  if (PATH.test(path)) return path;
  throw new WaybillError('TREE_PATH_INVALID', `not a path that the ledger writes: ${JSON.stringify(path)}`, {
    kind: 'bug',
  });
}

export function isCommitId(text: unknown): text is CommitId {
  return typeof text === 'string' && COMMIT.test(text);
}

/** @throws WaybillError `COMMIT_INVALID` (user) */
export function parseCommitId(text: unknown): CommitId {
  if (isCommitId(text)) return text;
  throw new WaybillError('COMMIT_INVALID', `not a commit: ${JSON.stringify(text)}`, {
    kind: 'user',
    hint: 'A commit is named by all of its 40 (or 64) lower-case hex characters.',
  });
}

function refInvalid(ref: string): WaybillError {
  return new WaybillError('REF_INVALID', `not a ref that the ledger writes: ${JSON.stringify(ref)}`, { kind: 'bug' });
}
