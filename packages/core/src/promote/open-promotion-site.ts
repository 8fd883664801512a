import type { RetryClock } from '../async/index.ts';
import { parseConfig } from '../config/index.ts';
import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import {
  folderExists,
  type GitAccess,
  ledgerAccess,
  openGitHistory,
  openGitRefStore,
  parseGitRemote,
  showRemote,
} from '../git/index.ts';
import type { Env } from '../http/index.ts';
import { createLedger } from '../ledger/index.ts';
import { digestOf } from '../oci/index.ts';
import { openRegistries } from '../registry/index.ts';
import type { Ancestry, PromoteLog, RunFacts } from './deps.ts';
import type { LedgerSite } from './ledger-site.ts';
import type { PromotionSite } from './promote.ts';

/** Where the configuration stands in the default branch. */
export const CONFIG_PATH = '.github/waybill.yml';

export interface OpenPromotionSiteOptions {
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
  /** What a relative path of the ledger starts from. Absolute. */
  readonly cwd: string;
  /** The ledger's repository: a path or a URL. */
  readonly ledger: string;
  /** A path where nothing stands becomes a bare repository with the first record. */
  readonly create: boolean;
  /** Shown to ghcr.io where docker has no credentials for it, and to `tokenOrigin` for the ledger. Empty is none. */
  readonly token: string;
  /** The one host that the token is for besides: `https://github.com`. A ledger elsewhere is reached with git's own credentials. */
  readonly tokenOrigin: string | undefined;
  /** Absolute, empty, and for this run alone. The caller removes it. */
  readonly workFolder: string;
  /** Hosts of registries where plain http, or any certificate, will do. */
  readonly insecureHosts: readonly string[];
  /** A repository that is asked for the history as well where the ledger's does not know it: a path. */
  readonly history?: string | undefined;
  readonly run: RunFacts;
  readonly clock: RetryClock;
  readonly log: PromoteLog;
  readonly signal?: AbortSignal;
}

export interface OpenedPromotionSite extends PromotionSite {
  /** Ends the connections that are kept alive, so that the process can end. */
  close(): void;
}

/**
 * Registries as docker's configuration knows them, and the ledger by git. Nothing is asked before it is used.
 * @throws WaybillError `GIT_REMOTE_INVALID` (user)
 */
export function openPromotionSite(options: OpenPromotionSiteOptions): OpenedPromotionSite {
  const { env, home, token, insecureHosts, clock, log, run, signal } = options;
  const registries = openRegistries({ env, home, githubToken: token, insecureHosts, clock, log });
  const access = ledgerAccess(options);
  let opened: Promise<LedgerSite> | undefined;
  return {
    openRegistry: registries.open,
    openLedger: (io) => {
      opened ??= openLedger(options, access, io).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    run,
    clock,
    log,
    ...(signal === undefined ? {} : { signal }),
    close: registries.close,
  };
}

async function openLedger(options: OpenPromotionSiteOptions, access: GitAccess, io: IoOptions): Promise<LedgerSite> {
  const { create } = options;
  const { remote } = access;
  if (!create && remote.kind === 'path' && !(await folderExists(remote.path))) throw ledgerMissing(remote.path);
  const history = openGitHistory({ ...access, create });
  const file = await history.readDefaultBranchFile(CONFIG_PATH, io);
  const config =
    file === undefined
      ? undefined
      : {
          config: parseConfig(file.bytes, CONFIG_PATH),
          recorded: { commit: file.commit, digest: digestOf(file.bytes) },
        };
  return {
    ledger: createLedger(openGitRefStore({ ...access, create })),
    ancestry: withMore(history, options, access),
    config,
    shown: showRemote(access.remote),
  };
}

/** A host says of a repository that the token may not read what it says of none; of a path alone it is certain. */
function ledgerMissing(path: string): WaybillError {
  return new WaybillError('LEDGER_MISSING', `there is no ledger: nothing stands at ${path}`, {
    kind: 'user',
    hint: 'Name the repository that keeps the ledger.',
  });
}

/** Asks another repository where the ledger's does not know one of the commits. */
function withMore(
  history: Ancestry,
  { history: path, home, cwd }: OpenPromotionSiteOptions,
  access: GitAccess,
): Ancestry {
  if (path === undefined) return history;
  const { token: _, ...local } = access;
  const more = openGitHistory({ ...local, remote: parseGitRemote(path, { home, cwd }) });
  return {
    async compareCommits(base, head, io) {
      const relation = await history.compareCommits(base, head, io);
      return relation === 'unknown' ? more.compareCommits(base, head, io) : relation;
    },
  };
}
