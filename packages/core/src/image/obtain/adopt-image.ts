import { errorMessage } from '../../errors/index.ts';
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
  const reuse =
    commit !== undefined && record.commit !== commit
      ? await linkCommit(found, commit, registry, request, deps)
      : undefined;
  const tags = await setTags(registry, record.digest, request, deps);
  const filed = request.attach ? await fileAdopted(found, deps) : undefined;
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
 * @returns what was attached, where something was
 */
async function linkCommit(
  { record, place }: FoundRecord,
  commit: string,
  registry: Registry,
  { attach }: ImageRequest,
  { clock, facts, signal, log }: ImageDeps,
): Promise<Reuse | undefined> {
  const io = signal === undefined ? {} : { signal };
  const { repository, ref, runId, actor } = facts;
  try {
    if ((await place.builds.link(record.image, record.identity, commit, io)) === 'exists' || !attach) return undefined;
    const subject = await registry.manifests.get({ digest: record.digest }, io);
    if (subject === undefined) return undefined;
    const reuse = {
      record,
      commit,
      ...(repository === undefined ? {} : { repository }),
      ...(ref === undefined ? {} : { ref }),
      ...(runId === undefined ? {} : { runId }),
      ...(actor === undefined ? {} : { actor }),
      reusedAt: new Date(clock.now()).toISOString(),
    };
    await attachReuse(reuse, { registry, subject: subject.descriptor, clock, ...io });
    return reuse;
  } catch (error) {
    signal?.throwIfAborted();
    log.info(`It is not recorded that ${commit} has this build too: ${errorMessage(error)}`);
    return undefined;
  }
}

function origin({ record, place }: FoundRecord): string {
  const { runId, commit, recordedAt } = record;
  const by = runId === undefined ? '' : ` by run ${runId}`;
  const from = commit === undefined ? '' : ` from ${commit}`;
  return `built${by}${from} (recorded ${recordedAt} in ${place.shown})`;
}
