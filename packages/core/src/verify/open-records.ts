import type { RetryClock } from '../async/index.ts';
import { openGitRefStore, parseGitRemote } from '../git/index.ts';
import type { Env } from '../http/index.ts';
import { createLedger } from '../ledger/index.ts';
import { createRunProgram } from '../proc/index.ts';
import type { BuildLookUp } from './resolve-image.ts';

export interface OpenRecordsOptions {
  /** The ledger's repository: a path or an address. */
  readonly ledger: string;
  /** The user's home folder. */
  readonly home: string;
  /** What a relative path starts from. Absolute. */
  readonly cwd: string;
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  /** Shown to `tokenOrigin` alone. Empty is none. */
  readonly token: string;
  /** The host that the token is for: `https://github.com`. A ledger elsewhere is reached with git's own credentials. */
  readonly tokenOrigin: string | undefined;
  /** Absolute, empty, and for this run alone. The caller removes it. */
  readonly workFolder: string;
  readonly clock: RetryClock;
}

/** The records of builds in a git repository, to be read. Nothing is asked before it is used. @throws WaybillError `GIT_REMOTE_INVALID` (user) */
export function openRecords({
  ledger,
  home,
  cwd,
  platform,
  token,
  tokenOrigin,
  ...rest
}: OpenRecordsOptions): BuildLookUp {
  const remote = parseGitRemote(ledger, { home, cwd });
  const isOurs = remote.kind === 'url' && remote.origin !== undefined && remote.origin === tokenOrigin;
  const run = createRunProgram({ env: rest.env, platform });
  return createLedger(openGitRefStore({ remote, ...(isOurs && token !== '' ? { token } : {}), run, ...rest })).builds;
}
