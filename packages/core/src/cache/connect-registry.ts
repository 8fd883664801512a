import { sleep } from '../async/index.ts';
import type { OciStoreUri } from '../content/index.ts';
import type { Env } from '../http/index.ts';
import type { FoundCredentials, Registry, RegistryRetry } from '../registry/index.ts';
import type { CacheLog } from './cache-log.ts';

export interface ConnectOptions {
  /** `push` where something may be saved: then the first token that a registry gives allows it already. */
  readonly access: 'pull' | 'push';
  /** Names proxies, docker's configuration and where its credential helpers are. */
  readonly env: Env;
  /** The user's home folder. */
  readonly home: string;
  /** Shown to ghcr.io alone, where docker has no credentials for that. Empty is none. */
  readonly githubToken: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Pick<CacheLog, 'info'>;
}

/** A registry, and who one is there. */
export interface RegistryConnection {
  readonly registry: Registry;
  /** Undefined where nobody is logged in. @throws WaybillError `DOCKER_CONFIG_INVALID`, `CREDENTIAL_HELPER_FAILED` */
  readonly findLogin: () => Promise<FoundCredentials | undefined>;
  /** Ends the connections that are kept alive, so that the process can end. */
  readonly close: () => void;
}

/**
 * The repository that the URI names. Nothing is asked before the first call; what speaks to a registry is loaded here.
 * @param retry other limits of how often and how long a request is tried
 */
export async function connectRegistry(
  { host, repository, insecure }: OciStoreUri,
  { access, env, home, githubToken, now, random, log }: ConnectOptions,
  retry: Partial<Pick<RegistryRetry, 'attempts' | 'budgetMs'>> = {},
): Promise<RegistryConnection> {
  const { openRegistries } = await import('../registry/index.ts');
  const insecureHosts = insecure ? [host] : [];
  const clock = { now, sleep, random };
  const registries = openRegistries({ env, home, githubToken, insecureHosts, clock, log, retry });
  return {
    registry: registries.open({ host, repository }, access),
    findLogin: () => registries.findLogin(host),
    close: () => registries.close(),
  };
}
