import type { RetryClock } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import { createBestEffort } from '../github/index.ts';
import type { Env } from '../http/index.ts';
import { createRunProgram, createRunTool } from '../proc/index.ts';
import { openRegistries, type Registries } from '../registry/index.ts';
import {
  type ConfigPlace,
  openStatementRecords,
  type RecordsChoice,
  type Repositories,
  readConfig,
  showConfigPlace,
} from '../repository/index.ts';
import type { RunContext } from '../runner/index.ts';
import type { DockerLogin } from './buildx/docker-login.ts';
import { runBuild } from './buildx/run-build.ts';
import { askWhetherEnded } from './claims/run-ended.ts';
import type { ImageDeps, ImageLog, ImagePlace } from './obtain/image-request.ts';
import type { PrepareDeps } from './prepare-request.ts';
import { openPlaces, type RecordStore } from './records/open-places.ts';
import type { ImagePolicy } from './settle-adopt.ts';

export interface OpenImageSiteOptions {
  readonly env: Env;
  /** Facts of the machine and of the run. */
  readonly context: RunContext;
  /** `https://github.com`; undefined outside of a run. */
  readonly server: string | undefined;
  readonly place: ImagePlace;
  readonly stores: readonly RecordStore[];
  readonly config: ConfigPlace;
  /** Where statements go besides the registry. Default: nowhere. */
  readonly records?: RecordsChoice;
  /** Where repositories are opened. The caller closes them. */
  readonly repositories: Repositories;
  /** Shown to ghcr.io where docker has no credentials for it. Empty is none. */
  readonly token: string;
  /** Hosts of registries where plain http, or any certificate, will do. */
  readonly insecureHosts: readonly string[];
  /** Values that no line, no argument and no label may show. */
  readonly secrets: readonly string[];
  /** Absolute; what docker is handed as a file stands in it for as long as it is needed. */
  readonly tempFolder: string;
  /** So many random bytes, as hex. */
  readonly randomHex: (bytes: number) => string;
  readonly clock: RetryClock;
  readonly log: ImageLog;
  readonly signal?: AbortSignal;
}

/** Records, registries, docker and the configuration, as images are built with them. */
export interface ImageSite {
  readonly deps: ImageDeps;
  readonly prepare: PrepareDeps;
  /** Ends the connections that are kept alive, so that the process can end. */
  close(): void;
}

/** Of what git says of a large repository. */
const MAX_LISTING = 256 * 1024 * 1024;
/** A second look at who builds takes no longer. */
const ASK_BUDGET_MS = 10_000;

/**
 * Opens the real things. Nothing is asked before it is used.
 * @throws WaybillError `GITHUB_URL_INVALID`, `RECORDS_UNAVAILABLE` (user)
 */
export function openImageSite(options: OpenImageSiteOptions): ImageSite {
  const { env, context, server, stores, repositories, token, insecureHosts, clock, log, signal } = options;
  const { records = 'none' } = options;
  const { home, workspace, platform, arch, repository } = context;
  const run = server === undefined ? undefined : repository;
  const effort = createBestEffort(clock);
  const statements = openStatementRecords({ records, repository: run, token, github: repositories.github, effort });
  const insecure = [
    ...insecureHosts,
    ...stores.flatMap((store) => (store.kind === 'oci' && store.insecure ? [store.place.host] : [])),
  ];
  const registries = openRegistries({ env, home, githubToken: token, insecureHosts: insecure, clock, log });
  const runs = run === undefined || token === '' ? undefined : repositories.github(run, ASK_BUDGET_MS);
  const facts = { ...context, serverUrl: server };
  const io = signal === undefined ? {} : { signal };
  return {
    deps: {
      openRegistry: registries.open,
      records: openPlaces({ stores, repositories, openRegistry: registries.open, clock }),
      statements,
      build: async (order, until) =>
        runBuild(order, {
          runProgram: createRunProgram({ env, platform }),
          workspace,
          tempFolder: options.tempFolder,
          env,
          home,
          login: await findLogin(registries, options.place),
          insecureHosts: insecure,
          newName: () => `waybill-${options.randomHex(6)}`,
          secrets: options.secrets,
          log,
          ...(until === undefined ? {} : { signal: until }),
        }),
      facts,
      clock,
      nonce: () => options.randomHex(12),
      ...(runs === undefined ? {} : { hasEnded: askWhetherEnded(runs) }),
      log,
      ...io,
    },
    prepare: {
      paths: context,
      arch,
      env,
      runTool: createRunTool({ env, platform, maxBytes: MAX_LISTING }),
      facts,
      policy: openPolicy(options),
      secrets: options.secrets,
      now: clock.now,
      sleep: clock.sleep,
      log,
      ...io,
    },
    close: registries.close,
  };
}

/** Of the ledger's repository; where records are tags alone, of the run's. */
function openPolicy({
  stores,
  config,
  repositories,
  server,
  context: { repository },
}: OpenImageSiteOptions): ImagePolicy {
  const store = stores.find(({ kind }) => kind === 'git');
  const address = server === undefined || repository === undefined ? undefined : repositories.addressOf(repository);
  const open = () =>
    store?.kind === 'git'
      ? repositories.open(store.remote, { create: store.create })
      : address === undefined
        ? undefined
        : repositories.open(address);
  return {
    read: async (io: IoOptions) => (await readConfig(config, { repositories, ledger: open() }, io))?.config,
    shown: showConfigPlace(config, open()?.shown),
    isNamed: config.kind !== 'default-branch',
  };
}

/** ghcr.io with the job's token, where docker is not logged in there (S1-10). */
async function findLogin(registries: Registries, { host }: ImagePlace): Promise<DockerLogin | undefined> {
  const { credentials, origin } = (await registries.findLogin(host)) ?? {};
  if (origin?.kind !== 'github-token' || credentials?.kind !== 'basic') return undefined;
  return { host, username: credentials.username, password: credentials.password };
}
