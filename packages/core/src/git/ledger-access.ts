import type { RetryClock } from '../async/index.ts';
import { createRunProgram } from '../proc/index.ts';
import type { GitAccess } from './create-git.ts';
import type { Env } from './git-environment.ts';
import { parseGitRemote } from './git-remote.ts';

export interface LedgerAccessOptions {
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

/** How the ledger's repository is reached. Nothing is asked. @throws WaybillError `GIT_REMOTE_INVALID` (user) */
export function ledgerAccess(options: LedgerAccessOptions): GitAccess {
  const { ledger, home, cwd, env, platform, token, tokenOrigin, workFolder, clock } = options;
  const remote = parseGitRemote(ledger, { home, cwd });
  const isOurs = remote.kind === 'url' && remote.origin !== undefined && remote.origin === tokenOrigin;
  return {
    remote,
    ...(isOurs && token !== '' ? { token } : {}),
    workFolder,
    env,
    run: createRunProgram({ env, platform }),
    clock,
  };
}
