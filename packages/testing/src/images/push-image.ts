import { isManifestType } from '@waybill/core/oci';
import type { Registry } from '@waybill/core/registry';
import type { FixtureImage } from './fixture-image.ts';

/** Puts an image with all its parts into a repository, the root under the tag where one is given. */
export async function pushImage(registry: Registry, { root, parts }: FixtureImage, tag?: string): Promise<void> {
  for (const { descriptor, bytes } of parts) {
    if (!isManifestType(descriptor.mediaType)) await registry.blobs.push(descriptor, bytes);
    else
      await registry.manifests.put(
        descriptor,
        bytes,
        descriptor === root.descriptor && tag !== undefined ? { tag } : {},
      );
  }
}
