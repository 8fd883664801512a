import type { Channel } from '../config/index.ts';
import type { BuildRecord, ChannelDraft, ChannelRecord, RecordedConfig, RecordedPlace } from '../ledger/index.ts';
import type { Digest } from '../oci/index.ts';
import type { RunFacts } from './deps.ts';
import type { Candidate } from './inspect.ts';
import { commitOf } from './rules/commit-rule.ts';

export interface DraftOptions {
  readonly kind: ChannelDraft['kind'];
  readonly channel: Channel;
  readonly digest: Digest;
  readonly from: RecordedPlace;
  readonly candidate: Candidate;
  readonly run: RunFacts;
  readonly config: RecordedConfig | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What the ledger will keep. Who promoted, in which run, of which repository, is of the run that promotes; what was built
 * from what is of the build. A field that is not known is absent.
 */
export function draftRecord(options: DraftOptions): ChannelDraft {
  const { kind, channel, digest, from, candidate, run, config, now } = options;
  const { actor, repository, workflow, runId } = run;
  const runAttempt = Number(run.runAttempt);
  const commit = commitOf(candidate.commits);
  const { platforms } = candidate.verification;
  return {
    kind,
    digest,
    mediaType: candidate.verification.mediaType,
    from,
    to: { reference: `${channel.image}:${channel.tag}@${digest}`, channel: channel.name },
    tag: channel.tag,
    gate: { required: channel.require, ...(channel.soakMs > 0 ? { soak: channel.soakMs } : {}) },
    promotedAt: new Date(now).toISOString(),
    ...buildFacts(candidate.build),
    ...(platforms.length > 0 ? { platforms } : {}),
    ...(commit === undefined ? {} : { commit }),
    ...(candidate.evidence.length > 0
      ? { evidence: candidate.evidence.map(({ type, digest: of }) => ({ artifactType: type, digest: of })) }
      : {}),
    ...(actor === undefined ? {} : { actor }),
    ...(repository === undefined ? {} : { repository }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(runId === undefined ? {} : { runId }),
    ...(Number.isSafeInteger(runAttempt) && runAttempt > 0 ? { runAttempt } : {}),
    ...(config === undefined ? {} : { config }),
  };
}

/** What a record says of how the image was made. */
function buildFacts(build: BuildRecord | ChannelRecord | undefined): Partial<ChannelDraft> {
  if (build === undefined) return {};
  const { commitMessage, branch, toolchain, buildTime, buildDuration, baseImages, dependencies, platforms } = build;
  return {
    ...(commitMessage === undefined ? {} : { commitMessage }),
    ...(branch === undefined ? {} : { branch }),
    ...(toolchain === undefined ? {} : { toolchain }),
    ...(buildTime === undefined ? {} : { buildTime }),
    ...(buildDuration === undefined ? {} : { buildDuration }),
    ...(baseImages === undefined ? {} : { baseImages }),
    ...(dependencies === undefined ? {} : { dependencies }),
    ...(platforms === undefined ? {} : { platforms }),
  };
}
