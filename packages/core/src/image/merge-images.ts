import { fetchAll, type IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import {
  type Descriptor,
  type Digest,
  encodeManifest,
  formatPlatform,
  isIndexType,
  MediaType,
  parseIndex,
  parseManifest,
} from '../oci/index.ts';
import { type Registry, registryStore } from '../registry/index.ts';
import { isAttestation } from './image-id.ts';

const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/**
 * One index of images that were built apart, each on a machine of its own platform: of an index its images and what
 * BuildKit attests of them, of a single image that with the platform of its config. The same digests give the same index.
 * @throws WaybillError `MERGE_MISSING`, `MERGE_TWICE` (user), `MANIFEST_INVALID` (integrity)
 */
export async function mergeImages(registry: Registry, digests: readonly Digest[], io: IoOptions = {}): Promise<Digest> {
  const manifests: Descriptor[] = [];
  for (const digest of digests) manifests.push(...(await partsOf(registry, digest, io)));
  const platforms = manifests.filter((part) => !isAttestation(part)).map(platformText);
  const twice = platforms.find((platform, at) => platforms.indexOf(platform) !== at);
  if (twice !== undefined) {
    throw new WaybillError('MERGE_TWICE', `digests: two of the images are for ${twice}`, {
      kind: 'user',
      hint: 'Each platform is built by one job: name its digest once.',
    });
  }
  const { raw, descriptor } = encodeManifest({ schemaVersion: 2, mediaType: MediaType.imageIndex, manifests });
  await registry.manifests.put(descriptor, raw, io);
  return descriptor.digest;
}

async function partsOf(registry: Registry, digest: Digest, io: IoOptions): Promise<readonly Descriptor[]> {
  const found = await registry.manifests.get({ digest }, io);
  if (found === undefined) {
    throw new WaybillError('MERGE_MISSING', `digests: ${registry.host}/${registry.repository} has no ${digest}`, {
      kind: 'user',
      hint: 'Push each platform to the same repository before the merge.',
    });
  }
  if (isIndexType(found.descriptor.mediaType)) return parseIndex(found.raw).value.manifests;
  const { config } = parseManifest(found.raw).value;
  const bytes = await fetchAll(registryStore(registry), config, { ...io, maxBytes: MAX_CONFIG_BYTES });
  return [{ ...found.descriptor, platform: platformIn(bytes, digest) }];
}

/** OCI image-spec 1.1, config.md. */
function platformIn(config: Uint8Array, digest: Digest): NonNullable<Descriptor['platform']> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(config));
  } catch {
    json = undefined;
  }
  const { os, architecture, variant } =
    typeof json === 'object' && json !== null ? Object.fromEntries(Object.entries(json)) : {};
  if (typeof os !== 'string' || typeof architecture !== 'string') {
    throw new WaybillError('MANIFEST_INVALID', `the config of ${digest} names no platform`, { kind: 'integrity' });
  }
  return { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) };
}

function platformText({ platform, digest }: Descriptor): string {
  return platform === undefined ? digest : formatPlatform(platform);
}
