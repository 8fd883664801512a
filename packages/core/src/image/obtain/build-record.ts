import type { BuildRecord } from '../../ledger/index.ts';
import type { Digest } from '../../oci/index.ts';
import type { Verification } from '../../verify/index.ts';
import type { Built } from '../buildx/run-build.ts';
import { type ImageDeps, type ImageRequest, imageName } from './image-request.ts';

export interface RecordedBuild {
  readonly digest: Digest;
  readonly verification: Verification;
  /** Undefined where it was not built here. */
  readonly built: Built | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number | undefined;
}

/** The record of a build (S1-20, S2-24): what is known; a field that is not is absent. */
export function buildRecord(
  { place, identity, options }: ImageRequest,
  { digest, verification, built, startedAt }: RecordedBuild,
  { facts, clock }: Pick<ImageDeps, 'facts' | 'clock'>,
): BuildRecord {
  const now = clock.now();
  const { commit } = identity;
  const attempt = Number(facts.runAttempt);
  return {
    schemaVersion: 1,
    kind: 'build',
    image: imageName(place),
    identity: identity.text,
    digest,
    recordedAt: new Date(now).toISOString(),
    ...known('mediaType', verification.mediaType),
    ...known('actor', facts.actor),
    ...known('repository', facts.repository),
    ...known('commit', commit),
    // The event tells the message of its own commit, which need not be the one that is checked out.
    ...(commit === facts.sha ? known('commitMessage', facts.commitMessage) : {}),
    ...known('branch', facts.branch),
    ...known('ref', facts.ref),
    ...known('headCommit', facts.headCommit),
    ...known('workflow', facts.workflow),
    ...known('runId', facts.runId),
    ...(Number.isSafeInteger(attempt) && attempt > 0 ? { runAttempt: attempt } : {}),
    ...(startedAt === undefined
      ? {}
      : {
          buildTime: new Date(startedAt).toISOString(),
          buildDuration: Math.max(0, Math.round((now - startedAt) / 1000)),
        }),
    ...(built === undefined || Object.keys(built.toolchain).length === 0 ? {} : { toolchain: built.toolchain }),
    ...(built === undefined || built.metadata.baseImages.length === 0 ? {} : { baseImages: built.metadata.baseImages }),
    ...(verification.platforms.length === 0 ? {} : { platforms: verification.platforms }),
    ...known('target', options.target),
  };
}

function known<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  const fields: Partial<Record<string, string>> = value === undefined || value === '' ? {} : { [name]: value };
  return fields;
}
