import { errorCode, errorMessage } from '../../errors/index.ts';
import { type Digest, formatReference } from '../../oci/index.ts';
import type { Registry } from '../../registry/index.ts';
import { placeTags } from '../place-tags.ts';
import type { ImageDeps, ImageRequest } from './image-request.ts';

/** Sets the tags of the request; a run that may not is told so, and goes on: the digest is what counts. */
export async function setTags(
  registry: Registry,
  digest: Digest,
  { tags, push }: ImageRequest,
  { openRegistry, clock, signal, log }: ImageDeps,
): Promise<readonly string[]> {
  if (!push || tags.length === 0) return [];
  try {
    await placeTags({ registry, digest, tags, openRegistry, clock, ...(signal === undefined ? {} : { signal }) });
    return tags.map(formatReference);
  } catch (error) {
    if (errorCode(error) !== 'STORE_DENIED') throw error;
    log.notice(`The tags were not set: ${errorMessage(error)}`);
    return [];
  }
}
