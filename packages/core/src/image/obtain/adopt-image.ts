import { errorMessage } from '../../errors/index.ts';
import { assertFiling } from '../../intoto/index.ts';
import type { Registry } from '../../registry/index.ts';
import { imageIdOf } from '../image-id.ts';
import type { FoundRecord } from '../records/record-places.ts';
import { validateRecorded } from '../validate-image.ts';
import { attachReuse, type Reuse } from './build-statement.ts';
import { fileAdopted, fileReuse } from './file-build.ts';
import type { ImageOutcome } from './image-outcome.ts';
import { type ImageDeps, type ImageRequest, imageName } from './image-request.ts';
import { setTags } from './set-tags.ts';

/**
 * Takes what another run built, after everything that its digest reaches was found in the registry. Where the build was of
 * another commit, it is recorded that this one has it too.
 * @throws WaybillError `IMAGE_LOST` (integrity), `RECORDS_NOT_FILED` where its statement has to be filed
 */
export async function adoptImage(
  found: FoundRecord,
  registry: Registry,
  request: ImageRequest,
  deps: ImageDeps,
): Promise<ImageOutcome> {
  const { record, place } = found;
  const { clock, signal, log } = deps;
  const io = signal === undefined ? {} : { signal };
  await validateRecorded(found, { registry, clock, ...io });
  log.info(`Found ${record.image}@${record.digest}, ${origin(found)}: nothing is built.`);
  const { commit } = request.identity;
  const file = async () => (request.attach ? fileAdopted(found, deps) : undefined);
  // What has to be filed comes first: without it nothing is given out. What may be left undone can take its time.
  const isRequired = deps.statements?.required === true;
  const required = isRequired ? await file() : undefined;
  const reuse =
    commit !== undefined && record.commit !== commit
      ? await linkCommit(found, commit, registry, request, deps)
      : undefined;
  const tags = await setTags(registry, record.digest, request, deps);
  const filed = isRequired ? required : await file();
  if (reuse !== undefined) await fileReuse(reuse, deps);
  return {
    result: 'adopted',
    image: imageName(request.place),
    identity: record.identity,
    commit,
    digest: record.digest,
    imageId: await imageIdOf(registry, record.digest, io),
    record,
    place,
    filed,
    metadata: '',
    tags,
  };
}

/**
 * A convenience for look-ups by commit, which a run that may only read goes without.
 * @returns what is to be filed, where it is recorded now
 * @throws WaybillError `RECORDS_NOT_FILED` where it could be recorded, has to be filed, and cannot be
 */
async function linkCommit(
  { record, place }: FoundRecord,
  commit: string,
  registry: Registry,
  { attach }: ImageRequest,
  deps: ImageDeps,
): Promise<Reuse | undefined> {
  const { clock, facts, signal, log, statements } = deps;
  const io = signal === undefined ? {} : { signal };
  const { repository, ref, runId, actor } = facts;
  const { image, identity, digest } = record;
  const reusedAt = clock.now();
  const orNot = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      log.info(`It is not recorded that ${commit} has this build too: ${errorMessage(error)}`);
      return undefined;
    }
  };
  if (attach && statements?.required === true) {
    // Once it is recorded the next run files nothing, so whether this one can is found out before.
    const isNew = await orNot(async () => {
      const known = await place.builds.byCommit(image, commit, io);
      if (known.some((each) => each.identity === identity)) return false;
      await place.assertWritable(io);
      return true;
    });
    if (isNew !== true) return undefined;
    await assertFiling(statements, { predicate: 'reuse', at: reusedAt }, signal);
  }
  const linked = await orNot(() => place.builds.link(image, identity, commit, io));
  if (linked !== 'created' || !attach) return undefined;
  const reuse = {
    record,
    commit,
    ...(repository === undefined ? {} : { repository }),
    ...(ref === undefined ? {} : { ref }),
    ...(runId === undefined ? {} : { runId }),
    ...(actor === undefined ? {} : { actor }),
    reusedAt: new Date(reusedAt).toISOString(),
  };
  try {
    const subject = await registry.manifests.get({ digest }, io);
    if (subject !== undefined) await attachReuse(reuse, { registry, subject: subject.descriptor, clock, ...io });
  } catch (error) {
    signal?.throwIfAborted();
    log.info(`That ${commit} has this build too is not attached to it: ${errorMessage(error)}`);
  }
  return reuse;
}

function origin({ record, place }: FoundRecord): string {
  const { runId, commit, recordedAt } = record;
  const by = runId === undefined ? '' : ` by run ${runId}`;
  const from = commit === undefined ? '' : ` from ${commit}`;
  return `built${by}${from} (recorded ${recordedAt} in ${place.shown})`;
}
