import type { Digest } from '../oci/index.ts';
import { listReferrers } from './referrers/list-referrers.ts';
import type { FetchedManifest, Registry } from './types.ts';

/**
 * The registry, that is asked for each manifest by its digest once: verified bytes do not change. What is put is
 * remembered as well; what is not there is asked for again, and so is every tag. For one operation: that a manifest is
 * deleted meanwhile goes unseen.
 */
export function withManifestMemory(registry: Registry): Registry {
  const known = new Map<Digest, FetchedManifest>();
  const { manifests } = registry;
  const remember = (manifest: FetchedManifest | undefined) => {
    if (manifest !== undefined) known.set(manifest.descriptor.digest, manifest);
    return manifest;
  };
  const remembering: Registry = {
    ...registry,
    referrers: (subject, options) => listReferrers(remembering, subject, options),
    manifests: {
      ...manifests,
      get: async (ref, io) => {
        const remembered = 'digest' in ref ? known.get(ref.digest) : undefined;
        return remembered ?? remember(await manifests.get(ref, io));
      },
      put: async (descriptor, raw, options) => {
        const answer = await manifests.put(descriptor, raw, options);
        const { mediaType, digest, size } = descriptor;
        remember({ raw, descriptor: { mediaType, digest, size } });
        return answer;
      },
      delete: async (ref, io) => {
        if ('digest' in ref) known.delete(ref.digest);
        return manifests.delete(ref, io);
      },
    },
  };
  return remembering;
}
