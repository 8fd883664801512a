import { posix, win32 } from 'node:path';
import type { CacheDeps } from '@waybill/core/cache';
import {
  chainOf,
  DEFAULT_MAX_STORE_BYTES,
  parseStoreChain,
  type StoreChain,
  type StoreUri,
  showStoreChain,
} from '@waybill/core/content';
import { WaybillError } from '@waybill/core/errors';
import type { RunContext } from '@waybill/core/runner';
import { cacheFolder } from './cache-folder.ts';

/** Names of a store. */
export type Names = CacheDeps['names'];
/** Bytes of a store. */
export type Bytes = CacheDeps['store'];

export interface OpenedStore {
  readonly names: Names;
  readonly store: Bytes;
  /** Paths of folders are absolute. */
  readonly chain: StoreChain;
  /** As a person would write it. */
  readonly shown: string;
  /** Who named it. */
  readonly from: '--store' | 'WAYBILL_STORE' | 'default';
}

/** `push` where something may be written. */
export type StoreAccess = 'pull' | 'push';

/**
 * Opens the store that an option names, else the one that the environment names, else the one of this user. Touches nothing.
 * @param given the values of `--store`, nearest first; a value may have several lines
 * @param options `uncapped`: nothing is evicted, whatever the size
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED`, `STORE_MISSING` on a runner where none is named
 */
export type OpenStore = (
  given: readonly string[],
  access: StoreAccess,
  options?: { readonly uncapped?: boolean },
) => Promise<OpenedStore>;

export interface OpenStoreDeps {
  readonly context: RunContext;
  readonly onGithub: boolean;
  /** `XDG_CACHE_HOME`. */
  readonly cacheHome: string | undefined;
  /** What makes a store of its URI. */
  readonly open: (chain: StoreChain, access: StoreAccess) => Promise<Pick<OpenedStore, 'names' | 'store'>>;
}

/** The one place where it is decided which store counts. */
export function createOpenStore({ context, onGithub, cacheHome, open }: OpenStoreDeps): OpenStore {
  const { resolve } = context.platform === 'win32' ? win32 : posix;
  const complete = (uri: StoreUri): StoreUri =>
    uri.kind === 'dir' ? { ...uri, path: resolve(context.workspace, uri.path) } : uri;
  const path = cacheFolder(context, cacheHome);
  const own = chainOf({ kind: 'dir', path, maxBytes: DEFAULT_MAX_STORE_BYTES, share: 'repository' });

  return async (given, access, { uncapped = false } = {}) => {
    const from = given.length > 0 ? '--store' : context.defaultStore !== undefined ? 'WAYBILL_STORE' : 'default';
    const text = given.length > 0 ? given.join('\n') : context.defaultStore;
    if (text === undefined && onGithub) throw storeMissing();
    const uncap = (uri: StoreUri): StoreUri => (uri.kind === 'dir' && uncapped ? { ...uri, maxBytes: 0 } : uri);
    const chain = text === undefined ? own : parseStoreChain(text, context.home, (uri) => uncap(complete(uri)));
    const { names, store } = await open(chain, access);
    return { names, store, chain, shown: showStoreChain(chain), from };
  };
}

/** What a runner keeps in its home folder is gone with the job, and a user who counts on it learns that late. */
function storeMissing(): WaybillError {
  return new WaybillError('STORE_MISSING', 'no store is named, and a job on a runner has no default one', {
    kind: 'user',
    hint: 'Give --store URI, or set the environment variable WAYBILL_STORE. Example: --store oci://ghcr.io/octo-org/app-cache',
  });
}
