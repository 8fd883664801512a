import { errorCode, errorMessage, WaybillError } from '../../errors/index.ts';
import { assertFiling } from '../../intoto/index.ts';
import type { Digest } from '../../oci/index.ts';
import type { Registry } from '../../registry/index.ts';
import { withManifestMemory } from '../../registry/index.ts';
import { awaitTurn } from '../claims/await-turn.ts';
import type { HeldClaim, Holder } from '../claims/claim.ts';
import { whileClaimed } from '../claims/keep-claim.ts';
import { mergeImages } from '../merge-images.ts';
import { type FoundRecord, findRecord } from '../records/record-places.ts';
import type { RecordPlace } from '../records/records.ts';
import { adoptImage } from './adopt-image.ts';
import { buildWithoutPush } from './build-without-push.ts';
import type { ImageOutcome } from './image-outcome.ts';
import { type ImageDeps, type ImageRequest, imageName } from './image-request.ts';
import { findWriteAccess } from './may-write.ts';
import { buildAndRecord, recordDigest } from './record-image.ts';
import { refuseForeign } from './refuse-record.ts';

/**
 * The image of an identity: of all the runs that want it one builds, the others take its digest after they have checked it.
 * Where records are `atomic`, at most one build is recorded, and a second one is begun only where the claim of the first
 * died; with a `hint` that is likely, and no more.
 *
 * @throws WaybillError `IMAGE_LOST`, `IMAGE_NOT_WHOLE`, `RECORD_CONFLICT`, `RECORD_INVALID`, `RECORD_COMMIT_MISMATCH`,
 *   `RECORD_REF_MISMATCH` (integrity), `WAIT_EXCEEDED` (remote), `RECORDS_NOT_FILED`, those of a build, of the registry and of the
 *   records
 */
export async function obtainImage(request: ImageRequest, deps: ImageDeps): Promise<ImageOutcome> {
  const { signal, records, log } = deps;
  const io = signal === undefined ? {} : { signal };
  const image = imageName(request.place);
  const { mode, identity, sharedIdentity, push } = request;
  const look = { ...io, onTrouble: (message: string) => log.warning(message) };
  const shared = await findShared();
  if (shared !== undefined) return adopt(shared, { isJudged: true });
  const found = await findRecord(records, image, identity.text, look);
  if (found !== undefined) return adopt(found);

  const registry = deps.openRegistry(request.place, 'push');
  if (!push) return withoutPush(['was told not to push']);
  const access = await findWriteAccess(registry, records, log, io);
  if (!access.allowed) return withoutPush(access.lacks);
  const { place } = access;
  if (request.attach && deps.statements !== undefined)
    await assertFiling(deps.statements, { predicate: 'provenance', at: deps.clock.now() }, signal);
  switch (mode.kind) {
    case 'record':
      return recordHere(mode.digest, 'recorded', place);
    case 'merge':
      return recordHere(await mergeImages(registry, mode.digests, io), 'merged', place);
    case 'build':
    case 'claim':
      return inTurn(place);
  }

  /** What a pull request takes of those outside of it. One of another pull request is none of these: it has its own to build. */
  async function findShared(): Promise<FoundRecord | undefined> {
    if (sharedIdentity === undefined) return undefined;
    const standing = await findRecord(records, image, sharedIdentity, look);
    try {
      if (standing !== undefined) await refuseForeign(standing, request, deps.facts, io);
      return standing;
    } catch (error) {
      if (errorCode(error) !== 'RECORD_REF_MISMATCH') throw error;
      log.warning(`${errorMessage(error)}: it is not taken`);
      return undefined;
    }
  }

  /** Waits for the one who builds, or is that one. */
  async function inTurn(place: RecordPlace): Promise<ImageOutcome> {
    for (;;) {
      const claims = place.claims(image, identity.text);
      const { times } = request;
      const turn = await awaitTurn({
        claims,
        holder: holderOf(deps),
        // Nobody renews a claim between two steps: it lives as long as others wait.
        times: mode.kind === 'claim' ? { ...times, leaseMs: Math.max(times.leaseMs, times.waitMs) } : times,
        find: (options) => findRecord([place], image, identity.text, { ...look, ...options }),
        isOver: (holder) => isEarlierAttempt(holder, deps),
        ...(deps.hasEnded === undefined ? {} : { hasEnded: deps.hasEnded }),
        clock: deps.clock,
        onWait: (message) => log.info(message),
        ...io,
      });
      if (turn.kind === 'found') return adopt(turn.found);
      if (mode.kind === 'claim') return claimed(place);
      const outcome = await build(turn.claim, place);
      if (outcome !== undefined) return outcome;
    }
  }

  /** Undefined: the claim was lost on the way, and another run builds. */
  async function build(claim: HeldClaim, place: RecordPlace): Promise<ImageOutcome | undefined> {
    const { renewEveryMs } = request.times;
    try {
      return await whileClaimed(
        claim,
        (until) => orAdopt(() => buildAndRecord(registry, place, request, { ...deps, signal: until })),
        { renewEveryMs, clock: deps.clock, onTrouble: (message) => log.warning(message), ...io },
      );
    } catch (error) {
      signal?.throwIfAborted();
      if (errorCode(error) !== 'CLAIM_LOST') throw error;
      log.warning(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  async function recordHere(digest: Digest, result: 'recorded' | 'merged', place: RecordPlace): Promise<ImageOutcome> {
    const record = () => recordDigest({ digest, result }, registry, place, request, deps);
    return result === 'recorded' ? record() : orAdopt(record);
  }

  /** One identity has one digest: who records second takes what the first one recorded. */
  async function orAdopt(work: () => Promise<ImageOutcome>): Promise<ImageOutcome> {
    try {
      return await work();
    } catch (error) {
      if (errorCode(error) !== 'RECORD_CONFLICT') throw error;
      const recorded = await findRecord(records, image, identity.text, look);
      if (recorded === undefined) throw error;
      log.warning('Another run recorded this build first; what was built here is not used.');
      return adopt(recorded);
    }
  }

  async function adopt(recorded: FoundRecord, { isJudged = false } = {}): Promise<ImageOutcome> {
    if (mode.kind === 'record' && mode.digest !== recorded.record.digest) throw otherDigest(recorded, mode.digest);
    if (!isJudged) await refuseForeign(recorded, request, deps.facts, io);
    const access = push && request.tags.length > 0 ? 'push' : 'pull';
    return adoptImage(recorded, remembering(deps.openRegistry(request.place, access)), request, deps);
  }

  async function withoutPush(lacks: readonly string[]): Promise<ImageOutcome> {
    return buildWithoutPush(request, lacks, deps);
  }

  function claimed(place: RecordPlace): ImageOutcome {
    log.info('This run claims the build.');
    return {
      result: 'claimed',
      image,
      identity: identity.text,
      commit: identity.commit,
      digest: undefined,
      imageId: '',
      record: undefined,
      place,
      filed: undefined,
      metadata: '',
      tags: [],
    };
  }
}

function remembering(registry: Registry): Registry {
  return withManifestMemory(registry);
}

/** A run is tried again only when its attempt before is over. */
function isEarlierAttempt(holder: Holder, { facts: { repository, runId, runAttempt } }: ImageDeps): boolean {
  const isOurs = runId !== undefined && holder.runId === runId && holder.repository === repository;
  return isOurs && Number(holder.runAttempt) < Number(runAttempt);
}

function holderOf({ facts, nonce }: ImageDeps): Holder {
  const { repository, runId, runAttempt, job } = facts;
  return {
    nonce: nonce(),
    ...(repository === undefined ? {} : { repository }),
    ...(runId === undefined ? {} : { runId }),
    ...(runAttempt === undefined ? {} : { runAttempt }),
    ...(job === undefined ? {} : { job }),
  };
}

function otherDigest({ record, place }: FoundRecord, wanted: Digest): WaybillError {
  return new WaybillError(
    'RECORD_CONFLICT',
    `${place.shown} has ${record.digest} for this build of ${record.image}, and it shall be recorded as ${wanted}`,
    {
      kind: 'integrity',
      hint: 'One identity has one digest. Use the one that is recorded; `mode: claim` before the build tells whether there is one.',
    },
  );
}
