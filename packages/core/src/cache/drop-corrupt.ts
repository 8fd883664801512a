import { createHash } from 'node:crypto';
import { type ByteStore, type Fetcher, fetchAll } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import { type Descriptor, digestFromHex, MAX_MANIFEST_BYTES, successors } from '../oci/index.ts';
import type { CacheDeps } from './deps.ts';

/** Where damaged blobs were found and deleted. */
export interface Dropped {
  readonly blobs: number;
  /** A store farther away may have them whole: another try may go well. */
  readonly elsewhere: boolean;
}

/**
 * Deletes the blobs of a snapshot whose bytes are not those of their digest, so that the next save writes them again:
 * a push of what seems to be there would leave them as they are. Of several stores the nearest that has damaged ones, and
 * it alone. Reads the whole snapshot; only for one that is known to be broken. Nothing is dropped where a store cannot
 * delete; never throws.
 * @param shared whether the last store, which others share, may be written as well
 */
export async function dropCorruptBlobs(
  { store, signal }: Pick<CacheDeps, 'store' | 'signal'>,
  manifest: Descriptor,
  { shared }: { readonly shared: boolean },
): Promise<Dropped> {
  const tiers = store.tiers ?? [store];
  for (const [at, tier] of tiers.entries()) {
    const isLast = at === tiers.length - 1;
    if (isLast && !shared) break;
    const blobs = await dropFrom(tier, manifest, { layers: () => layersOf(store, manifest), signal });
    if (blobs > 0) return { blobs, elsewhere: !isLast };
  }
  return { blobs: 0, elsewhere: false };
}

async function dropFrom(
  store: ByteStore,
  manifest: Descriptor,
  {
    layers,
    signal,
  }: { readonly layers: () => Promise<readonly Descriptor[]>; readonly signal: AbortSignal | undefined },
): Promise<number> {
  const remove = store.delete?.bind(store);
  if (remove === undefined) return 0;
  let dropped = 0;
  const drop = async (blob: Descriptor) => {
    signal?.throwIfAborted();
    if ((await isCorrupt(store, blob)) && (await remove(blob))) dropped++;
  };
  try {
    await drop(manifest);
    for (const layer of await layers()) await drop(layer);
  } catch {
    // The step is a miss already, and what could not be deleted now will be found broken again.
    return dropped;
  }
  return dropped;
}

async function layersOf(store: Fetcher, manifest: Descriptor): Promise<readonly Descriptor[]> {
  try {
    return successors(manifest, await fetchAll(store, manifest, { maxBytes: MAX_MANIFEST_BYTES }));
  } catch {
    return [];
  }
}

/** A blob that is missing or cannot be read is not corrupt: there may be another reason, and deleting helps nobody. */
async function isCorrupt(store: Fetcher, descriptor: Descriptor): Promise<boolean> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of await store.fetch(descriptor)) {
      hash.update(piece);
      size += piece.byteLength;
    }
  } catch (error) {
    return errorCode(error) === 'SIZE_MISMATCH' || errorCode(error) === 'DIGEST_MISMATCH';
  }
  return size !== descriptor.size || digestFromHex(hash.digest('hex')) !== descriptor.digest;
}
