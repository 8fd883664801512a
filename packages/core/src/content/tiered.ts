import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import type { Descriptor, Digest } from '../oci/index.ts';
import { blobUnknown } from './integrity.ts';
import type { ByteStream, Deleter, IoOptions, LocalBlobs, Renewer, Store } from './ports.ts';

/** The bytes of a store, and what else it can do with them. */
export type ByteStore = Store & Partial<LocalBlobs & Renewer & Deleter>;

export interface Tier {
  /** For people. */
  readonly label: string;
  readonly store: ByteStore;
}

/** Several stores of bytes as one. */
export interface TieredStore extends Store, LocalBlobs, Renewer {
  /** The stores behind it, nearest first: who mends one of them must know which. */
  readonly tiers: readonly ByteStore[];
}

/**
 * Several stores of bytes as one, nearest first. What is read, a range too, is first copied whole from the nearest store that has
 * it into the nearer ones, which verifies it, so that the next job finds it near. A push goes to all at once. The last store is
 * the one that others share: it must take what is pushed, `exists` is its answer, and its failure is a failure. A nearer one
 * that fails is left alone from then on, with one warning. Bytes that the nearest store has come from it unverified, as from any
 * store.
 * @throws the error of the last store where it fails; `BLOB_UNKNOWN` where none has the blob
 */
export function tiered(tiers: readonly [Tier, ...Tier[]], warn: (message: string) => void): TieredStore {
  const down = new Set<Tier>();
  const places = new Map<Digest, Promise<Tier>>();
  const last = tiers.at(-1) ?? tiers[0];

  /** Notes a nearer store that failed. @throws the error itself where it is the last one's, or no failure of a store */
  const failed = (tier: Tier, error: unknown, { signal }: IoOptions): void => {
    if (signal?.aborted || tier === last) throw error;
    if (!down.has(tier)) warn(`${tier.label} fails and is left alone: ${errorMessage(error)}`);
    down.add(tier);
  };

  const find = async (descriptor: Descriptor, io: IoOptions): Promise<Tier> => {
    const lacking: Tier[] = [];
    for (const tier of tiers) {
      if (down.has(tier)) continue;
      try {
        // Of the last one it is enough to hear it when the bytes are asked for.
        if (tier === last || (await tier.store.exists(descriptor, io))) {
          return await fill(descriptor, tier, lacking.reverse(), io);
        }
        lacking.push(tier);
      } catch (error) {
        if (isIntegrity(error) && tier !== last) {
          warn(`${tier.label} holds damaged bytes, so a farther store is asked: ${errorMessage(error)}`);
        } else failed(tier, error, io);
      }
    }
    throw blobUnknown(descriptor, `none of ${tiers.length} stores`);
  };

  /**
   * Copies into each of these, from far to near; gives the nearest that has the blob then.
   * @throws what reading threw, and `DIGEST_MISMATCH`, `SIZE_MISMATCH` where what was read is not the blob
   */
  const fill = async (descriptor: Descriptor, from: Tier, into: readonly Tier[], io: IoOptions): Promise<Tier> => {
    let source = from;
    for (const tier of into) {
      if (down.has(tier)) continue;
      const { store } = source;
      let unread: Error | undefined;
      const open = async function* (): ByteStream {
        try {
          yield* await store.fetch(descriptor, io);
        } catch (error) {
          unread = error instanceof Error ? error : new Error(errorMessage(error));
          throw unread;
        }
      };
      try {
        await tier.store.push(descriptor, open, io);
        source = tier;
      } catch (error) {
        if (unread !== undefined) throw unread;
        if (isIntegrity(error)) throw error;
        failed(tier, error, io);
      }
    }
    return source;
  };

  const placeOf = (descriptor: Descriptor, io: IoOptions): Promise<Tier> => {
    const known = places.get(descriptor.digest);
    if (known !== undefined) return known;
    const found = find(descriptor, io);
    places.set(descriptor.digest, found);
    found.catch(() => places.delete(descriptor.digest));
    return found;
  };

  /** From where the blob is; where that store fails, or has evicted it meanwhile, it is looked for again. */
  const fetch: Store['fetch'] = async (descriptor, options = {}) => {
    const io = options.signal === undefined ? {} : { signal: options.signal };
    for (let again = false; ; ) {
      const tier = await placeOf(descriptor, io);
      try {
        return await tier.store.fetch(descriptor, options);
      } catch (error) {
        if (errorCode(error) === 'RANGE_INVALID') throw error;
        places.delete(descriptor.digest);
        // Evicted since it was looked for: it comes from farther again, once.
        const evicted: boolean = errorCode(error) === 'BLOB_UNKNOWN' && tier !== last && !again;
        again = evicted;
        if (!evicted) failed(tier, error, io);
      }
    }
  };

  const pushTo = async (tier: Tier, ...[descriptor, content, io = {}]: Parameters<Store['push']>) => {
    if (tier === last) return tier.store.push(descriptor, content, io);
    if (down.has(tier)) return 'exists';
    try {
      return await tier.store.push(descriptor, content, io);
    } catch (error) {
      // Whoever pushes what only the last store needs to have has no bytes for a nearer one that lacks them.
      if (errorCode(error) !== 'BLOB_UNKNOWN' && !isIntegrity(error)) failed(tier, error, io);
      return 'exists';
    }
  };

  /** Of the last store it is the answer; one that renews nothing is not asked, and a nearer one may lack the blob. */
  const renewAt = async (tier: Tier, ...[descriptor, io = {}]: Parameters<Renewer['renew']>): Promise<boolean> => {
    if (down.has(tier)) return true;
    try {
      return ((await tier.store.renew?.(descriptor, io)) ?? true) || tier !== last;
    } catch (error) {
      failed(tier, error, io);
      return true;
    }
  };

  /** What is deleted from one of the stores is looked for again. */
  const forgetting = (store: ByteStore): ByteStore => {
    const remove = store.delete?.bind(store);
    if (remove === undefined) return store;
    return {
      ...store,
      delete: (descriptor, io) => {
        places.delete(descriptor.digest);
        return remove(descriptor, io);
      },
    };
  };

  return {
    tiers: tiers.map(({ store }) => forgetting(store)),
    localPath: async (descriptor, io = {}) => {
      const tier = await placeOf(descriptor, io);
      return tier.store.localPath?.(descriptor, io);
    },
    fetch,
    exists: (descriptor, io) => last.store.exists(descriptor, io),
    renew: async (descriptor, io) => {
      const there = await Promise.all(tiers.map((tier) => renewAt(tier, descriptor, io)));
      return !there.includes(false);
    },
    push: async (descriptor, content, io) => {
      const outcomes = await Promise.allSettled(tiers.map((tier) => pushTo(tier, descriptor, content, io)));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      const end = outcomes.at(-1);
      return end?.status === 'fulfilled' ? end.value : 'exists';
    },
  };
}

function isIntegrity(error: unknown): boolean {
  return error instanceof WaybillError && error.kind === 'integrity';
}
