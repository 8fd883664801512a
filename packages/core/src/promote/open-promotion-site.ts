import type { RetryClock } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import {
  type BestEffort,
  bestEffortDeployments,
  createBestEffort,
  type DeploymentRecords,
  openDeploymentRecords,
} from '../github/index.ts';
import type { Env } from '../http/index.ts';
import { createLedger } from '../ledger/index.ts';
import { openRegistries } from '../registry/index.ts';
import {
  type ConfigPlace,
  openStatementRecords,
  type RecordsChoice,
  type Repositories,
  readConfig,
  showConfigPlace,
} from '../repository/index.ts';
import type { Ancestry, PromoteLog, RunFacts } from './deps.ts';
import type { LedgerSite } from './ledger-site.ts';
import type { PromotionSite } from './promote.ts';

export interface OpenPromotionSiteOptions {
  readonly env: Env;
  /** The user's home folder. */
  readonly home: string;
  /** Where the ledger's repository is opened. The caller closes it. */
  readonly repositories: Repositories;
  /** The ledger's repository: a path or an address. */
  readonly ledger: string;
  /** A path where nothing stands becomes a bare repository with the first record. */
  readonly create: boolean;
  readonly config: ConfigPlace;
  /** Shown to ghcr.io where docker has no credentials for it. Empty is none. */
  readonly token: string;
  /** Hosts of registries where plain http, or any certificate, will do. */
  readonly insecureHosts: readonly string[];
  /** A repository that is asked for the history as well where the ledger's does not know it: a path. */
  readonly history?: string | undefined;
  /** Where statements go besides the registry: releases of the run's repository. Default: nowhere. */
  readonly records?: RecordsChoice;
  /** Whether GitHub is told what a channel has. Default: it is not. */
  readonly deploymentRecord?: boolean;
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
 * Registries as docker's configuration knows them, and the ledger by GitHub's API or by git. Nothing is asked before it is
 * used.
 * @throws WaybillError `GIT_REMOTE_INVALID`, `GITHUB_URL_INVALID`, `RECORDS_UNAVAILABLE` (user)
 */
export function openPromotionSite(options: OpenPromotionSiteOptions): OpenedPromotionSite {
  const { env, home, token, insecureHosts, repositories, ledger, create, run, clock, log, signal } = options;
  const { records = 'none', deploymentRecord = false } = options;
  const { repository } = run;
  const effort = createBestEffort(clock);
  const statements = openStatementRecords({ records, repository, token, github: repositories.github, effort });
  const registries = openRegistries({ env, home, githubToken: token, insecureHosts, clock, log });
  // Told at once where it is named wrong.
  repositories.open(ledger, { create });
  let opened: Promise<LedgerSite> | undefined;
  return {
    openRegistry: registries.open,
    openLedger: (io) => {
      opened ??= openLedger(options, io).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    run,
    statements,
    deployments: deploymentRecord ? openDeployments(repository, repositories, { effort, log }) : undefined,
    clock,
    log,
    ...(signal === undefined ? {} : { signal }),
    close: registries.close,
  };
}

/** Undefined where there is no GitHub to tell, which is said: a promotion does not fail for it. */
function openDeployments(
  repository: string | undefined,
  repositories: Repositories,
  { effort, log }: { readonly effort: BestEffort; readonly log: PromoteLog },
): DeploymentRecords | undefined {
  const github = repository === undefined ? undefined : repositories.github(repository);
  if (github !== undefined) return bestEffortDeployments(openDeploymentRecords(github), effort);
  log.warning('There is no GitHub to tell of a deployment: this is no run, or nothing says where its API is.');
  return undefined;
}

async function openLedger(options: OpenPromotionSiteOptions, io: IoOptions): Promise<LedgerSite> {
  const { repositories, create, config } = options;
  const repository = repositories.open(options.ledger, { create });
  const { shown } = repository;
  if (await repository.isMissing()) throw ledgerMissing(shown);
  return {
    config: await readConfig(config, { repositories, ledger: repository }, io),
    configShown: showConfigPlace(config, shown),
    ledger: createLedger(repository.refs),
    ancestry: withMore(repository, options),
    shown,
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
function withMore(history: Ancestry, { history: path, repositories }: OpenPromotionSiteOptions): Ancestry {
  if (path === undefined) return history;
  const more = repositories.open(path);
  return {
    async compareCommits(base, head, io) {
      const relation = await history.compareCommits(base, head, io);
      return relation === 'unknown' ? more.compareCommits(base, head, io) : relation;
    },
  };
}
