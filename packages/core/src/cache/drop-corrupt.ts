import { createHash } from 'node:crypto';
import { type Fetcher, fetchAll } from '../content/index.ts';
import { errorCode } from '../errors/index.ts';
import { type Descriptor, digestFromHex, MAX_MANIFEST_BYTES, successors } from '../oci/index.ts';
import type { CacheDeps } from './deps.ts';

/**
 * Deletes the blobs of a snapshot whose bytes are not those of their digest, so that the next save writes them again:
 * a push of what seems to be there would leave them as they are. Reads the whole snapshot; only for one that is known
 * to be broken. Gives how many were deleted, 0 where the store cannot delete; never throws.
 */
export async function dropCorruptBlobs(
  { store, signal }: Pick<CacheDeps, 'store' | 'signal'>,
  manifest: Descriptor,
): Promise<number> {
  const remove = store.delete?.bind(store);
  if (remove === undefined) return 0;
  let dropped = 0;
  try {
    const blobs = [manifest, ...(await layersOf(store, manifest))];
    for (const blob of blobs) {
      signal?.throwIfAborted();
      if ((await isCorrupt(store, blob)) && (await remove(blob))) dropped++;
    }
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
