import { CONFIG_PATH } from '../config/index.ts';
import { isCommitId } from '../content/index.ts';
import { redact, WaybillError } from '../errors/index.ts';
import { parseRepository } from '../github/index.ts';

/** Where the configuration is read. */
export type ConfigPlace =
  /** {@link CONFIG_PATH} of the default branch of the repository that keeps the ledger. */
  | { readonly kind: 'default-branch' }
  /** A file of a commit of another repository of the same GitHub. */
  | { readonly kind: 'commit'; readonly repository: string; readonly commit: string; readonly path: string }
  /** A file of this machine: for a person at a terminal, never for a job. Absolute. */
  | { readonly kind: 'file'; readonly path: string };

export const CONFIG_DEFAULT: ConfigPlace = { kind: 'default-branch' };

const FORM = /^([^@:]+)@([^@:/]+):(.+)$/;
const PATH = /^(?!.*\.\.)[\w.-]+(?:\/[\w.-]+)*$/;

/**
 * `OWNER/REPO@COMMIT:PATH`; nothing is the default branch.
 * @throws WaybillError `CONFIG_PLACE_INVALID` (user)
 */
export function parseConfigPlace(text: string): ConfigPlace {
  const value = text.trim();
  if (value === '') return CONFIG_DEFAULT;
  const [, repository = '', commit = '', path = ''] = FORM.exec(value) ?? [];
  if (repository === '') throw invalid(value, 'it is not OWNER/REPO@COMMIT:PATH');
  if (!isRepository(repository)) throw invalid(value, 'it names no repository');
  if (!isCommitId(commit)) {
    throw invalid(value, 'a commit is named by all of its 40 lower-case hex characters: a branch or a tag may move');
  }
  if (!PATH.test(path)) throw invalid(value, 'the path has other characters than letters, digits, `_`, `.`, `-`, `/`');
  return { kind: 'commit', repository, commit, path };
}

/** Whether the text is meant to name a file of another repository, rightly or not. */
export function namesCommit(text: string): boolean {
  return FORM.test(text.trim());
}

/** The place for people. @param ledger the repository that keeps the ledger, as it is shown */
export function showConfigPlace(place: ConfigPlace, ledger = "the ledger's repository"): string {
  switch (place.kind) {
    case 'default-branch':
      return `${CONFIG_PATH} in the default branch of ${ledger}`;
    case 'commit':
      return fileOf(place);
    case 'file':
      return place.path;
  }
}

/** The file's name, as messages about its lines have it. */
export function fileOf(place: ConfigPlace): string {
  switch (place.kind) {
    case 'default-branch':
      return CONFIG_PATH;
    case 'commit':
      return `${place.repository}@${place.commit}:${place.path}`;
    case 'file':
      return place.path;
  }
}

function isRepository(text: string): boolean {
  try {
    parseRepository(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(value: string, why: string): WaybillError {
  return new WaybillError('CONFIG_PLACE_INVALID', `configuration ${JSON.stringify(redact(value))}: ${why}`, {
    kind: 'user',
    hint: `Example: octo-org/policies@0123456789abcdef0123456789abcdef01234567:waybill.yml. Without a word it is ${CONFIG_PATH} of the default branch.`,
  });
}
