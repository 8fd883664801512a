import { sleep } from '../async/index.ts';
import type { OciStoreUri } from '../content/index.ts';
import { errorMessage } from '../errors/index.ts';
import type { FoundCredentials, Registry, RegistryRetry } from '../registry/index.ts';
import type { CacheLog } from './cache-log.ts';
import { formatSeconds } from './format.ts';
import type { OpenStoreOptions } from './open-store.ts';

/** What {@link OpenStoreOptions} says, with less of a log. */
export type ConnectOptions = Omit<OpenStoreOptions, 'log'> & { readonly log: Pick<CacheLog, 'info'> };

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
  const [{ createHttp }, { createRegistry, locateCredentials, runCredentialHelper }] = await Promise.all([
    import('../http/index.ts'),
    import('../registry/index.ts'),
  ]);
  const http = createHttp({ env, insecureHosts: insecure ? [host] : [] });
  const source = { env, home, runHelper: runCredentialHelper(env), githubToken };
  const registry = createRegistry({
    host,
    repository,
    http,
    insecure,
    access,
    credentials: async (asked) => (await locateCredentials(source, asked))?.credentials,
    clock: { now, sleep, random },
    retry: {
      ...retry,
      onRetry: ({ delayMs, error }) =>
        log.info(`the registry is asked again in ${formatSeconds(delayMs)}: ${errorMessage(error)}`),
    },
  });
  return { registry, findLogin: () => locateCredentials(source, host), close: () => http.close() };
}
