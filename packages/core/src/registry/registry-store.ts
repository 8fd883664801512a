import { type Deleter, openContent, type Store } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { isManifestType, MAX_MANIFEST_BYTES } from '../oci/index.ts';
import type { Registry } from './types.ts';
import { verifiedBody } from './verified-body.ts';

/**
 * The bytes of a repository as a store: manifests by their media type, everything else as blobs. What is pushed must be
 * named by a manifest before long: registries sweep away, and some do not serve, blobs that no manifest names.
 */
export function registryStore({ blobs, manifests }: Registry): Store & Deleter {
  const sizeAt: (
    of: Parameters<Store['exists']>[0],
    io: Parameters<Store['exists']>[1],
  ) => Promise<number | undefined> = async ({ mediaType, digest }, io) =>
    isManifestType(mediaType) ? (await manifests.head({ digest }, io))?.size : blobs.head(digest, io);

  const exists: Store['exists'] = async (descriptor, io) => {
    io?.signal?.throwIfAborted();
    const size = await sizeAt(descriptor, io);
    return size === descriptor.size || size === -1;
  };

  return {
    exists,
    fetch: (descriptor, options) => blobs.fetch(descriptor, options),
    async push(descriptor, content, io) {
      if (await exists(descriptor, io)) return 'exists';
      if (!isManifestType(descriptor.mediaType)) {
        await blobs.push(descriptor, content, io);
        return 'pushed';
      }
      if (descriptor.size > MAX_MANIFEST_BYTES) {
        throw new WaybillError(
          'MANIFEST_INVALID',
          `the manifest ${descriptor.digest} has ${descriptor.size} bytes, registries take ${MAX_MANIFEST_BYTES}`,
          { kind: 'integrity' },
        );
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of verifiedBody(descriptor, openContent(content), io?.signal)) pieces.push(piece);
      await manifests.put(descriptor, Buffer.concat(pieces), io);
      return 'pushed';
    },
    async delete({ mediaType, digest }, io) {
      io?.signal?.throwIfAborted();
      return isManifestType(mediaType) ? manifests.delete({ digest }, io) : blobs.delete(digest, io);
    },
  };
}
