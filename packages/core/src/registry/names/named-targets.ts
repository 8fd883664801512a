import type { IoOptions } from '../../content/index.ts';
import type { Digest } from '../../oci/index.ts';
import type { Registry } from '../types.ts';
import { parseListedTag, targetDigits } from './name-tags.ts';

/**
 * Whether a name of the repository points at a digest, as far as the tags tell, which are read once. True where it may:
 * tags show 60 bits of it, and where nothing can be deleted those of removed names stay.
 */
export async function namedTargets(registry: Pick<Registry, 'tags'>, io: IoOptions = {}) {
  const targets = new Set<string>();
  for await (const page of registry.tags(io)) {
    for (const tag of page) {
      const listed = parseListedTag(tag);
      if (listed !== undefined) targets.add(listed.target);
    }
  }
  return (digest: Digest): boolean => targets.has(targetDigits(digest));
}
