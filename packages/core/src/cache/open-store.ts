import { sleep } from '../async/index.ts';
import { type DirStoreUri, type OciStoreUri, openLayoutStore, type StoreUri } from '../content/index.ts';
import { errorMessage } from '../errors/index.ts';
import type { Env } from '../http/index.ts';
import type { CacheLog } from './cache-log.ts';
import type { CacheDeps } from './deps.ts';
import { formatSeconds } from './format.ts';

export interface OpenStoreOptions {
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

export interface OpenedStore extends Pick<CacheDeps, 'names' | 'store'> {
  /** Ends the connections that are kept alive, so that the process can end. */
  readonly close: () => void;
}

/**
 * The store that the URI names; the path of a folder must be absolute. Nothing is read or asked before the store is used, so
 * that a store which cannot be reached is trouble of the cache, which never fails a step. What speaks to a registry is loaded
 * for a registry alone.
 */
export async function openStore(uri: StoreUri, options: OpenStoreOptions): Promise<OpenedStore> {
  switch (uri.kind) {
    case 'dir':
      return openDir(uri, options);
    case 'oci':
      return openOci(uri, options);
  }
}

function openDir({ path, maxBytes }: DirStoreUri, { now }: OpenStoreOptions): OpenedStore {
  const store = openLayoutStore(path, { clock: now, maxBytes });
  return { names: store, store, close: () => undefined };
}

async function openOci(uri: OciStoreUri, options: OpenStoreOptions): Promise<OpenedStore> {
  const { host, repository, insecure } = uri;
  const { access, env, home, githubToken, now, random, log } = options;
  const [{ createHttp }, { createRegistry, findCredentials, openOciStore, runCredentialHelper }] = await Promise.all([
    import('../http/index.ts'),
    import('../registry/index.ts'),
  ]);
  const http = createHttp({ env, insecureHosts: insecure ? [host] : [] });
  const registry = createRegistry({
    host,
    repository,
    http,
    insecure,
    access,
    credentials: findCredentials({ env, home, runHelper: runCredentialHelper(env), githubToken }),
    clock: { now, sleep, random },
    retry: {
      onRetry: ({ delayMs, error }) =>
        log.info(`the registry is asked again in ${formatSeconds(delayMs)}: ${errorMessage(error)}`),
    },
  });
  const store = openOciStore(registry);
  return { names: store, store, close: () => http.close() };
}
