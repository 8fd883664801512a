import { type Deleter, openContent, type Store } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { type Descriptor, isManifestType, MAX_MANIFEST_BYTES } from '../oci/index.ts';
import { isUnknownTarget, type RegistryError } from './registry-error.ts';
import type { Registry } from './types.ts';
import { verifiedBody } from './verified-body.ts';

/** A blob of so many bytes is sent in the time of a look for it, where the link is not slow. */
const UNLOOKED_BYTES = 64 * 1024;

/**
 * The bytes of a repository as a store: manifests by their media type, everything else as blobs. What is pushed must be
 * named by a manifest before long: registries sweep away, and some do not serve, blobs that no manifest names. A manifest
 * that is refused for what it lists is `BLOB_UNKNOWN`.
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
      const isManifest = isManifestType(descriptor.mediaType);
      const unlooked = io?.likelyNew === true && (isManifest || descriptor.size <= UNLOOKED_BYTES);
      if (!unlooked && (await exists(descriptor, io))) return 'exists';
      if (!isManifest) {
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
      try {
        await manifests.put(descriptor, Buffer.concat(pieces), io);
      } catch (error) {
        throw isUnknownTarget(error) ? namesWhatIsGone(descriptor, error) : error;
      }
      return 'pushed';
    },
    async delete({ mediaType, digest }, io) {
      io?.signal?.throwIfAborted();
      return isManifestType(mediaType) ? manifests.delete({ digest }, io) : blobs.delete(digest, io);
    },
  };
}

/** In the words of the registry. Whoever built on blobs that were there before knows by the code that they are gone. */
function namesWhatIsGone({ digest }: Descriptor, cause: RegistryError): WaybillError {
  return new WaybillError('BLOB_UNKNOWN', `the manifest ${digest} was refused: ${cause.message}`, {
    kind: 'remote',
    hint: 'The registry lacks something that the manifest lists, or does not take manifests of this kind.',
    cause,
  });
}
