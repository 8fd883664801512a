import {
  type AccessLog,
  type Alternatives,
  type FullStore,
  failover,
  type OciStoreUri,
  openLayoutStore,
  placeOf,
  type StoreChain,
  type StoreUri,
  tiered,
  withCopies,
} from '../content/index.ts';
import { errorMessage } from '../errors/index.ts';
import type { CacheLog } from './cache-log.ts';
import { type ConnectOptions, connectRegistry } from './connect-registry.ts';
import type { CacheDeps } from './deps.ts';

export interface OpenStoreOptions extends ConnectOptions {
  readonly log: Pick<CacheLog, 'info' | 'warning'>;
}

export interface OpenedStore extends Pick<CacheDeps, 'names' | 'store'> {
  /** Ends the connections that are kept alive, so that the process can end. */
  readonly close: () => void;
}

/** One store of a chain, open. */
interface Opened {
  readonly label: string;
  readonly store: FullStore;
  readonly close: () => void;
}

/** Where another store stands in, waiting long for this one helps nobody. */
const IMPATIENT = { attempts: 3, budgetMs: 20_000 };

/**
 * The stores of the chain as one; paths of folders must be absolute. Nothing is read or asked before the store is used, so
 * that a store which cannot be reached is trouble of the cache, which never fails a step. What speaks to a registry is loaded
 * for a registry alone.
 */
export async function openStore({ tiers }: StoreChain, options: OpenStoreOptions): Promise<OpenedStore> {
  const { log } = options;
  const [first, ...others] = tiers;
  const nearest = await openTier(first, options);
  const farther = await Promise.all(others.map((alternatives) => openTier(alternatives, options)));
  const close = () => {
    for (const each of [nearest, ...farther]) each.close();
  };
  const last = farther.at(-1);
  if (last === undefined) return { names: nearest.store, store: nearest.store, close };
  const evicting = [nearest, ...farther.slice(0, -1)].flatMap(({ store }) => (evictsByUse(store) ? [store] : []));
  const names = withCopies(last.store, evicting, (error) =>
    log.info(`a nearer store does not note what it keeps: ${errorMessage(error)}`),
  );
  return { names, store: tiered([nearest, ...farther], (message) => log.warning(message)), close };
}

function evictsByUse(store: FullStore): store is FullStore & AccessLog {
  return store.touch !== undefined;
}

/** The first of the alternatives, with the others behind it. */
async function openTier([uri, ...standIns]: Alternatives, options: OpenStoreOptions): Promise<Opened> {
  const patient = standIns.length === 0;
  const first = await openOne(uri, { ...options, patient });
  if (patient) return first;
  const others = await Promise.all(
    standIns.map((each, at) => openOne(each, { ...options, patient: at === standIns.length - 1 })),
  );
  return {
    label: first.label,
    store: failover([first, ...others], (message) => options.log.warning(message)),
    close: () => {
      for (const each of [first, ...others]) each.close();
    },
  };
}

interface OpenOneOptions extends OpenStoreOptions {
  readonly patient: boolean;
}

async function openOne(uri: StoreUri, options: OpenOneOptions): Promise<Opened> {
  if (uri.kind === 'oci') return openOci(uri, options);
  const store = openLayoutStore(uri.path, { clock: options.now, maxBytes: uri.maxBytes });
  return { label: placeOf(uri), store, close: () => undefined };
}

async function openOci(uri: OciStoreUri, options: OpenOneOptions): Promise<Opened> {
  const [{ registry, close }, { openOciStore }] = await Promise.all([
    connectRegistry(uri, options, options.patient ? {} : IMPATIENT),
    import('../registry/index.ts'),
  ]);
  return { label: placeOf(uri), store: openOciStore(registry), close };
}
