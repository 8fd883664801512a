import { limit } from '../async/index.ts';
import { type Descriptor, type Digest, isManifestType, MAX_MANIFEST_BYTES, successors } from '../oci/index.ts';
import { fetchAll } from './fetch-all.ts';
import { verifyStream } from './integrity.ts';
import type { ByteStream, Fetcher, IoOptions, Store } from './ports.ts';

export interface CopyGraphOptions extends IoOptions {
  /** Blobs on their way at once. Default 4. */
  readonly concurrency?: number;
}

export interface CopyGraphResult {
  readonly copiedBlobs: number;
  readonly copiedBytes: number;
  /** Blobs that the target had. */
  readonly skippedBlobs: number;
}

/**
 * Copies what the root reaches, each blob once: what a manifest points at before the manifest, the root last, so that the
 * target never holds a manifest without its parts. What the target has is not copied; the parts of a manifest that it has
 * are looked at all the same, because a store may have lost one.
 * @throws WaybillError `BLOB_UNKNOWN`, `SIZE_MISMATCH`, `DIGEST_MISMATCH`, `MANIFEST_INVALID`; then the root was not written
 */
export async function copyGraph(
  from: Fetcher,
  to: Store,
  root: Descriptor,
  options: CopyGraphOptions = {},
): Promise<CopyGraphResult> {
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const gate = limit(options.concurrency ?? 4);
  const visited = new Map<Digest, Promise<void>>();
  let copiedBlobs = 0;
  let copiedBytes = 0;
  let skippedBlobs = 0;

  const count = (descriptor: Descriptor, outcome: 'pushed' | 'exists') => {
    if (outcome === 'exists') {
      skippedBlobs += 1;
      return;
    }
    copiedBlobs += 1;
    copiedBytes += descriptor.size;
  };

  const copyBlob = (descriptor: Descriptor) =>
    gate(async () => {
      if (await to.exists(descriptor, { signal })) return count(descriptor, 'exists');
      const open = async function* (): ByteStream {
        yield* verifyStream(descriptor, await from.fetch(descriptor, { signal }));
      };
      count(descriptor, await to.push(descriptor, open, { signal }));
    }, signal);

  const copyManifest = async (descriptor: Descriptor) => {
    const raw = await gate(() => fetchAll(from, descriptor, { signal, maxBytes: MAX_MANIFEST_BYTES }), signal);
    await Promise.all(successors(descriptor, raw).map(visit));
    await gate(async () => {
      if (await to.exists(descriptor, { signal })) return count(descriptor, 'exists');
      count(descriptor, await to.push(descriptor, raw, { signal }));
    }, signal);
  };

  const visit = (descriptor: Descriptor): Promise<void> => {
    const known = visited.get(descriptor.digest);
    if (known !== undefined) return known;
    const visiting = isManifestType(descriptor.mediaType) ? copyManifest(descriptor) : copyBlob(descriptor);
    visited.set(descriptor.digest, visiting);
    return visiting;
  };

  try {
    await visit(root);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(visited.values());
    throw error;
  }
  return { copiedBlobs, copiedBytes, skippedBlobs };
}
