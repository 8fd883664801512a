import { formatReference } from '../../oci/index.ts';
import type { ImageOutcome } from './image-outcome.ts';
import { type ImageDeps, type ImageRequest, imageName } from './image-request.ts';

/**
 * Builds where nothing may be pushed: one platform is loaded into docker under the tags, several go to the builder's cache.
 * So a pull request of a fork still learns whether the image builds.
 */
export async function buildWithoutPush(
  request: ImageRequest,
  lacks: readonly string[],
  { build, log, signal }: ImageDeps,
): Promise<ImageOutcome> {
  const { mode, identity, options, labels, builderId, tags, push } = request;
  const image = imageName(request.place);
  const why = lacks.join('; ');
  const outcome = {
    image,
    identity: identity.text,
    commit: identity.commit,
    digest: undefined,
    record: undefined,
    place: undefined,
    filed: undefined,
    tags: [],
  } as const;
  if (mode.kind !== 'build') {
    log.notice(`Nothing was ${mode.kind === 'claim' ? 'claimed' : 'recorded'}: this run ${why}`);
    return { ...outcome, result: 'skipped', imageId: '', metadata: '' };
  }
  if (push) log.notice(`The image is built, and neither pushed nor recorded: this run ${why}`);
  const destination = options.platforms.length > 1 ? 'cache' : 'load';
  const names =
    tags.length > 0 ? tags.map(formatReference) : [`${image}:${(identity.commit ?? identity.text).slice(0, 12)}`];
  const built = await build({ options, destination, image, tags: names, labels, builderId }, signal);
  return { ...outcome, result: 'unpushed', imageId: built.imageId, metadata: built.metadata.text };
}
