import type { IoOptions } from '../content/index.ts';
import { type Descriptor, type Digest, isIndexType, parseIndex, parseManifest } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';

/**
 * The image's id, as docker has it: the digest of the config, of an image of one platform; of several the index's own.
 */
export async function imageIdOf(registry: Registry, digest: Digest, io: IoOptions = {}): Promise<Digest> {
  const found = await registry.manifests.get({ digest }, io);
  if (found === undefined) return digest;
  if (!isIndexType(found.descriptor.mediaType)) return parseManifest(found.raw).value.config.digest;
  const [only, ...more] = parseIndex(found.raw).value.manifests.filter((child) => !isAttestation(child));
  if (only === undefined || more.length > 0 || isIndexType(only.mediaType)) return digest;
  const child = await registry.manifests.get({ digest: only.digest }, io);
  return child === undefined ? digest : parseManifest(child.raw).value.config.digest;
}

/** BuildKit keeps what it attests beside the images of an index. */
export function isAttestation({ annotations }: Descriptor): boolean {
  return annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
}
