import type { IoOptions } from '../content/index.ts';
import type { BuildRecord, ChannelRecord, Ledger } from '../ledger/index.ts';
import type { Digest } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';
import { type Verification, verifyDigest } from '../verify/index.ts';
import { readRevision } from './read-revision.ts';
import type { CommitClaims } from './rules/commit-rule.ts';
import { type Evidence, findEvidence } from './rules/evidence.ts';
import type { SourceFacts } from './rules/from-rule.ts';

/** What is known of a digest before it is judged. It does not depend on what the channel has. */
export interface Candidate {
  readonly verification: Verification;
  readonly commits: CommitClaims;
  /** What the record of its build says, or the record of a channel that it came through. */
  readonly build: BuildRecord | ChannelRecord | undefined;
  readonly evidence: readonly Evidence[];
}

export interface InspectOptions extends IoOptions {
  readonly registry: Registry;
  readonly digest: Digest;
  /** How the blobs are looked at: not at all where a copy will prove them. */
  readonly layers: 'manifest' | 'exist';
  readonly image: string;
  /** By which the image was found. */
  readonly commit: string | undefined;
  /** What must be attached. */
  readonly evidence: readonly string[];
  /** Channels whose newest record may know the build. */
  readonly through: readonly string[];
  readonly ledger: Ledger;
}

/** Verifies the digest where it is, and gathers what the rules ask for. */
export async function inspect(options: InspectOptions): Promise<Candidate> {
  const { registry, digest, layers, image, commit, ledger, through, signal } = options;
  const io = signal === undefined ? {} : { signal };
  const verification = await verifyDigest({ registry, digest, layers, ...io });
  // Of an image that is not whole nothing else is worth a request.
  if (verification.verified === 'false')
    return {
      verification,
      commits: { given: undefined, recorded: [], labelled: undefined },
      build: undefined,
      evidence: [],
    };
  const [builds, linked] = await Promise.all([
    ledger.builds.byDigest(image, digest, io),
    commit === undefined ? [] : ledger.builds.byCommit(image, commit, io),
  ]);
  const ours = linked.find((each) => each.digest === digest);
  const build = ours ?? builds[0] ?? (await channelRecord(ledger, image, through, digest, io));
  const recorded = [...builds, ours, build].flatMap((each) => each?.commit ?? []);
  return {
    verification,
    commits: {
      given: commit === undefined ? undefined : { commit, found: ours !== undefined },
      recorded: [...new Set(recorded)],
      labelled: await readRevision(registry, digest, io),
    },
    build,
    evidence: await findEvidence(registry, digest, options.evidence, io),
  };
}

/** The newest record of one of these channels, if it is of the digest. */
async function channelRecord(
  ledger: Ledger,
  image: string,
  channels: readonly string[],
  digest: Digest,
  io: IoOptions,
): Promise<ChannelRecord | undefined> {
  for (const channel of channels) {
    const tip = await ledger.channels.tip(image, channel, io);
    if (tip?.record.digest === digest) return tip.record;
  }
  return undefined;
}

/** What the channels that a channel takes from know of the digest. */
export async function readSourceFacts(
  ledger: Ledger,
  image: string,
  channels: readonly string[],
  digest: Digest,
  io: IoOptions,
): Promise<SourceFacts> {
  return Promise.all(
    channels.map(async (channel) => ({ channel, facts: await ledger.channels.find(image, channel, digest, io) })),
  );
}
