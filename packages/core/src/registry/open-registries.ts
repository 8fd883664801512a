import type { RetryClock } from '../async/index.ts';
import { errorMessage } from '../errors/index.ts';
import { createHttp, type Env } from '../http/index.ts';
import { createRegistry } from './create-registry.ts';
import { runCredentialHelper } from './credentials/docker-credential.ts';
import { type FoundCredentials, locateCredentials } from './credentials/find-credentials.ts';
import type { Registry, RegistryRetry } from './types.ts';

export interface OpenRegistriesOptions {
  /** Names proxies, docker's configuration and where its credential helpers are. */
  readonly env: Env;
  /** The user's home folder. */
  readonly home: string;
  /** Shown to ghcr.io alone, where docker has no credentials for that. Empty is none. */
  readonly githubToken: string;
  /** Hosts where plain http, or any certificate, will do. */
  readonly insecureHosts: readonly string[];
  readonly clock: RetryClock;
  readonly log: { info(message: string): void };
  /** Other limits of how often and how long a request is tried. */
  readonly retry?: Partial<Pick<RegistryRetry, 'attempts' | 'budgetMs'>>;
}

/** Repositories of registries over one http client. */
export interface Registries {
  /** The repository; the same object for the same place and access. Nothing is sent. */
  open(place: { readonly host: string; readonly repository: string }, access: 'pull' | 'push'): Registry;
  /** Who one is at a host; undefined where nobody is logged in. @throws WaybillError `DOCKER_CONFIG_INVALID`, `CREDENTIAL_HELPER_FAILED` */
  findLogin(host: string): Promise<FoundCredentials | undefined>;
  /** Ends the connections that are kept alive, so that the process can end. */
  close(): void;
}

/** Opens repositories as a machine with docker's configuration does. */
export function openRegistries(options: OpenRegistriesOptions): Registries {
  const { env, home, githubToken, insecureHosts, clock, log, retry = {} } = options;
  const http = createHttp({ env, insecureHosts });
  const source = { env, home, runHelper: runCredentialHelper(env), githubToken };
  const opened = new Map<string, Registry>();
  return {
    open({ host, repository }, access) {
      const place = `${access} ${host}/${repository}`;
      const known = opened.get(place);
      if (known !== undefined) return known;
      const registry = createRegistry({
        host,
        repository,
        http,
        credentials: async (asked) => (await locateCredentials(source, asked))?.credentials,
        insecure: insecureHosts.includes(host),
        access,
        clock,
        retry: {
          ...retry,
          onRetry: ({ delayMs, error }) =>
            log.info(`the registry ${host} is asked again in ${(delayMs / 1000).toFixed(1)} s: ${errorMessage(error)}`),
        },
      });
      opened.set(place, registry);
      return registry;
    },
    findLogin: (host) => locateCredentials(source, host),
    close: () => http.close(),
  };
}
