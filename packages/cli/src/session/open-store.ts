import { posix, win32 } from 'node:path';
import type { CacheDeps } from '@waybill/core/cache';
import { DEFAULT_MAX_STORE_BYTES, parseStoreUri, type StoreUri } from '@waybill/core/content';
import { WaybillError } from '@waybill/core/errors';
import type { RunContext } from '@waybill/core/runner';

/** Names of a store. */
export type Names = CacheDeps['names'];
/** Bytes of a store. */
export type Bytes = CacheDeps['store'];

export interface OpenedStore {
  readonly names: Names;
  readonly store: Bytes;
  /** Of a folder the path is absolute. */
  readonly uri: StoreUri;
  /** As a person would write it. */
  readonly shown: string;
  /** Who named it. */
  readonly from: '--store' | 'WAYBILL_STORE' | 'default';
}

/** `push` where something may be written. */
export type StoreAccess = 'pull' | 'push';

/**
 * Opens the store that an option names, else the one that the environment names, else the one of this user. Touches nothing.
 * @param given the value of `--store`
 * @param options `uncapped`: nothing is evicted, whatever the size
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED`, `STORE_MISSING` on a runner where none is named
 */
export type OpenStore = (
  given: string | undefined,
  access: StoreAccess,
  options?: { readonly uncapped?: boolean },
) => Promise<OpenedStore>;

export interface OpenStoreDeps {
  readonly context: RunContext;
  readonly onGithub: boolean;
  /** `XDG_CACHE_HOME`. */
  readonly cacheHome: string | undefined;
  /** What makes a store of its URI. */
  readonly open: (uri: StoreUri, access: StoreAccess) => Promise<Pick<OpenedStore, 'names' | 'store'>>;
}

/** The one place where it is decided which store counts. */
export function createOpenStore({ context, onGithub, cacheHome, open }: OpenStoreDeps): OpenStore {
  const { resolve, isAbsolute, join } = context.platform === 'win32' ? win32 : posix;
  const named = (text: string): StoreUri => {
    const uri = parseStoreUri(text, context.home);
    return uri.kind === 'dir' ? { ...uri, path: resolve(context.workspace, uri.path) } : uri;
  };
  // A relative XDG_CACHE_HOME is invalid and ignored (XDG Base Directory Specification).
  const base = cacheHome !== undefined && isAbsolute(cacheHome) ? cacheHome : join(context.home, '.cache');
  const path = join(base, 'waybill');
  const own: StoreUri = { kind: 'dir', path, maxBytes: DEFAULT_MAX_STORE_BYTES, share: 'repository' };

  return async (given, access, { uncapped = false } = {}) => {
    const from = given !== undefined ? '--store' : context.defaultStore !== undefined ? 'WAYBILL_STORE' : 'default';
    const text = given ?? context.defaultStore;
    if (text === undefined && onGithub) throw storeMissing();
    const uri = text === undefined ? own : named(text);
    const { names, store } = await open(uri.kind === 'dir' && uncapped ? { ...uri, maxBytes: 0 } : uri, access);
    return { names, store, uri, shown: showUri(uri), from };
  };
}

function showUri(uri: StoreUri): string {
  switch (uri.kind) {
    case 'dir':
      return `dir:${uri.path}`;
    case 'oci':
      return `oci://${uri.host}/${uri.repository}`;
  }
}

/** What a runner keeps in its home folder is gone with the job, and a user who counts on it learns that late. */
function storeMissing(): WaybillError {
  return new WaybillError('STORE_MISSING', 'no store is named, and a job on a runner has no default one', {
    kind: 'user',
    hint: 'Give --store URI, or set the environment variable WAYBILL_STORE. Example: --store oci://ghcr.io/octo-org/app-cache',
  });
}
