import { redact, WaybillError } from '../errors/index.ts';

/** A git repository that keeps a ledger. */
export interface GitStoreUri {
  readonly kind: 'git';
  /** A path or an address, as written after `git:`; `parseGitRemote` of room `git` reads it. */
  readonly location: string;
}

const ACCEPTED =
  'Accepted: git:PATH, git:https://HOST/PATH, git:ssh://[USER@]HOST/PATH. Example: git:https://github.com/octo-org/app';

/** The place of a ledger that `text` names. @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED` (user) */
export function parseLedgerUri(text: string): GitStoreUri {
  const uri = text.trim();
  const shown = `ledger ${JSON.stringify(redact(uri))}`;
  if (/^(?:dir:|oci:\/\/|actions:|release:\/\/|s3:\/\/)/.test(uri)) {
    throw new WaybillError('STORE_UNSUPPORTED', `${shown}: it keeps no history of names, which a ledger is`, {
      kind: 'user',
      hint: ACCEPTED,
    });
  }
  const location = uri.startsWith('git:') ? uri.slice('git:'.length) : '';
  // `git://` is the old protocol of git, which anybody on the way may change.
  if (location === '' || location.startsWith('//')) {
    throw new WaybillError('STORE_URI_INVALID', `${shown}: expected git: and a path or an address`, {
      kind: 'user',
      hint: ACCEPTED,
    });
  }
  return { kind: 'git', location };
}
