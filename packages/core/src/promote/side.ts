import { type Registry, withManifestMemory } from '../registry/index.ts';

/** A repository that a promotion reads from or writes to. Manifests are asked for once. */
export interface Side extends Registry {
  /** Whether it has taken anything from us: a mount, a blob, a manifest. */
  hasTaken(): boolean;
}

export function openSide(registry: Registry): Side {
  let taken = false;
  const { blobs, manifests } = registry;
  return {
    // Outermost, so that the listing of referrers remembers as well.
    ...withManifestMemory({
      ...registry,
      blobs: {
        ...blobs,
        async push(descriptor, content, options) {
          await blobs.push(descriptor, content, options);
          taken = true;
        },
        async mount(digest, from, io) {
          const result = await blobs.mount(digest, from, io);
          taken ||= result.mounted;
          return result;
        },
      },
      manifests: {
        ...manifests,
        async put(descriptor, raw, options) {
          const answer = await manifests.put(descriptor, raw, options);
          taken = true;
          return answer;
        },
      },
    }),
    hasTaken: () => taken,
  };
}
