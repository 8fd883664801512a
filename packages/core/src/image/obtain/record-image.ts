import { errorMessage, WaybillError } from '../../errors/index.ts';
import type { BuildRecord } from '../../ledger/index.ts';
import type { Digest } from '../../oci/index.ts';
import { type Registry, withManifestMemory } from '../../registry/index.ts';
import type { Built } from '../buildx/run-build.ts';
import { imageIdOf } from '../image-id.ts';
import type { RecordPlace } from '../records/records.ts';
import { validateImage } from '../validate-image.ts';
import { buildRecord } from './build-record.ts';
import { attachBuild } from './build-statement.ts';
import { fileBuild } from './file-build.ts';
import type { ImageOutcome, ImageResult } from './image-outcome.ts';
import { type ImageDeps, type ImageRequest, imageName } from './image-request.ts';
import { setTags } from './set-tags.ts';

/**
 * Builds, pushes by digest, validates what the registry has, and records it.
 * @throws WaybillError `BUILD_FAILED`, `BUILD_WITHOUT_DIGEST` (user), `IMAGE_NOT_WHOLE`, `RECORD_CONFLICT` (integrity),
 *   `RECORDS_NOT_FILED` where its statement has to be filed: what is recorded stays, and the next run files it
 */
export async function buildAndRecord(
  registry: Registry,
  place: RecordPlace,
  request: ImageRequest,
  deps: ImageDeps,
): Promise<ImageOutcome> {
  const { options, labels, builderId, tags } = request;
  const startedAt = deps.clock.now();
  const order = {
    options,
    destination: 'push',
    image: imageName(request.place),
    tags: tags.map(({ host, repository, tag = '' }) => `${host}/${repository}:${tag}`),
    labels,
    builderId,
  } as const;
  const built = await deps.build(order, deps.signal);
  const { digest } = built.metadata;
  if (digest === undefined) {
    throw new WaybillError('BUILD_WITHOUT_DIGEST', 'docker buildx built the image and does not tell its digest', {
      kind: 'user',
      hint: 'Use buildx 0.12 or newer (docker/setup-buildx-action).',
    });
  }
  return record({ digest, result: 'built', built, startedAt }, registry, place, request, deps);
}

/** Validates and records a digest that is in the registry. @throws as {@link buildAndRecord} */
export async function recordDigest(
  what: { readonly digest: Digest; readonly result: 'recorded' | 'merged' },
  registry: Registry,
  place: RecordPlace,
  request: ImageRequest,
  deps: ImageDeps,
): Promise<ImageOutcome> {
  return record({ ...what, built: undefined, startedAt: undefined }, registry, place, request, deps);
}

interface Made {
  readonly digest: Digest;
  readonly result: ImageResult;
  readonly built: Built | undefined;
  readonly startedAt: number | undefined;
}

async function record(
  made: Made,
  target: Registry,
  place: RecordPlace,
  request: ImageRequest,
  deps: ImageDeps,
): Promise<ImageOutcome> {
  const { digest, result, built } = made;
  const { clock, signal, log } = deps;
  const io = signal === undefined ? {} : { signal };
  const registry = withManifestMemory(target);
  const verification = await validateImage({ registry, digest, clock, ...io });
  const ours = buildRecord(request, { ...made, verification }, deps);
  const put = await place.builds.put(ours, io);
  // What stood there already was made by another run: it is what others read.
  const entry = (put === 'exists' ? await place.builds.get(ours.image, ours.identity, io) : undefined) ?? ours;
  log.info(`Recorded ${entry.image}@${digest} in ${place.shown}.`);
  if (request.attach) await state(entry, registry, deps);
  const tags = await setTags(registry, digest, request, deps);
  // Last, because it may take its time, and nothing reads it before it is there.
  const filed = request.attach ? await fileBuild(entry, deps) : undefined;
  return {
    result,
    image: entry.image,
    identity: entry.identity,
    commit: entry.commit,
    digest,
    imageId: await imageIdOf(registry, digest, io),
    record: entry,
    place,
    filed,
    metadata: built?.metadata.text ?? '',
    tags,
  };
}

/** The record stands already: that its copy could not be attached spoils nothing. */
async function state(entry: BuildRecord, registry: Registry, { clock, signal, log }: ImageDeps): Promise<void> {
  const io = signal === undefined ? {} : { signal };
  try {
    const subject = await registry.manifests.get({ digest: entry.digest }, io);
    if (subject !== undefined) await attachBuild(entry, { registry, subject: subject.descriptor, clock, ...io });
  } catch (error) {
    signal?.throwIfAborted();
    log.warning(`The record could not be attached to the image: ${errorMessage(error)}`);
  }
}
