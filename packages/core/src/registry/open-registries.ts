import type { RetryClock } from '../async/index.ts';
import { errorMessage } from '../errors/index.ts';
import { createHttp, type Env } from '../http/index.ts';
import { createRegistry } from './create-registry.ts';
import { runCredentialHelper } from './credentials/docker-credential.ts';
import { findCredentials } from './credentials/find-credentials.ts';
import type { Registry } from './types.ts';

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
}

/** Repositories of registries over one http client. */
export interface Registries {
  /** The repository; the same object for the same place and access. Nothing is sent. */
  open(place: { readonly host: string; readonly repository: string }, access: 'pull' | 'push'): Registry;
  /** Ends the connections that are kept alive, so that the process can end. */
  close(): void;
}

/** Opens repositories as a machine with docker's configuration does. */
export function openRegistries(options: OpenRegistriesOptions): Registries {
  const { env, home, githubToken, insecureHosts, clock, log } = options;
  const http = createHttp({ env, insecureHosts });
  const credentials = findCredentials({ env, home, runHelper: runCredentialHelper(env), githubToken });
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
        credentials,
        insecure: insecureHosts.includes(host),
        access,
        clock,
        retry: {
          onRetry: ({ delayMs, error }) =>
            log.info(`${host} is asked again in ${(delayMs / 1000).toFixed(1)} s: ${errorMessage(error)}`),
        },
      });
      opened.set(place, registry);
      return registry;
    },
    close: () => http.close(),
  };
}
