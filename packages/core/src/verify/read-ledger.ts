import { parseLedgerUri } from '../content/index.ts';
import { errorMessage, redact } from '../errors/index.ts';
import { parseGitRemote } from '../git/index.ts';
import type { InputReader } from '../runner/index.ts';

/** What the run tells of where the ledger is by default, and what paths mean. */
export interface LedgerContext {
  /** `https://github.com`. */
  readonly server: string;
  /** `OWNER/REPO`. */
  readonly repository: string | undefined;
  readonly home: string;
  /** Absolute. */
  readonly workspace: string;
}

/**
 * Where the ledger is: a path or an address, for `parseGitRemote`. Without a word, the repository of the run; empty where
 * that is none either, which is left with the reader only where the ledger is needed.
 */
export function readLedger(
  reader: InputReader,
  name: string,
  { server, repository, home, workspace }: LedgerContext,
  { needed }: { readonly needed: boolean },
): string {
  const value = reader.text(name);
  const reject = (why: string) =>
    reader.reject({
      name,
      value: redact(value),
      why,
      accepted: '`git:URL` or `git:PATH`; nothing: the repository of the run',
      example: 'git:https://github.com/octo-org/app',
    });
  if (value === '') {
    if (repository !== undefined) return `${server}/${repository}`;
    if (needed) reject('the run belongs to no repository');
    return '';
  }
  try {
    const { location } = parseLedgerUri(value);
    parseGitRemote(location, { home, cwd: workspace });
    return location;
  } catch (error) {
    reject(errorMessage(error));
    return '';
  }
}
