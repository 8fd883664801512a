import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { type BuildRecord, type Builds, isOfAnotherPull, onlyOfPulls } from '../ledger/index.ts';
import type { Digest } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';
import type { ImageInput } from '../runner/index.ts';
import { finding } from './findings.ts';
import type { Finding } from './types.ts';

export type BuildLookUp = Pick<Builds, 'byCommit'>;

export interface ResolveDeps extends IoOptions {
  readonly registry: Registry;
  /** Asked where a commit is given, and not opened before. */
  readonly builds: () => Promise<BuildLookUp>;
  /** The ref of the run; undefined: somebody asks who is no run, and records of every ref are taken. */
  readonly ref?: string | undefined;
  /** Whether what any pull request built is taken everywhere. Asked where nothing else is recorded. Default: it is not. */
  readonly takesPullRequests?: (io: IoOptions) => Promise<boolean>;
}

/** The digest that is meant. */
export interface ResolvedImage {
  readonly digest: Digest;
  /** A record names it. */
  readonly recorded: boolean;
  /** What the records say against it. */
  readonly findings: readonly Finding[];
}

/**
 * The digest that an image's inputs mean: the digest itself, compared with the records of the commit where one is given; the
 * one that is recorded for a commit; the one that a tag has now. What a pull request built counts on that pull request alone.
 * @throws WaybillError `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS` (lists them), `TAG_UNKNOWN` (user), `RECORD_REF_MISMATCH` (integrity);
 *   what registry and ledger throw
 */
export async function resolveImage(input: ImageInput, deps: ResolveDeps): Promise<ResolvedImage> {
  const { registry, signal } = deps;
  const io = signal === undefined ? {} : { signal };
  switch (input.kind) {
    case 'digest': {
      const { digest, commit } = input;
      if (commit === undefined) return { digest, recorded: false, findings: [] };
      const { taken, left } = await recordsOf(input, commit, deps);
      const findings = compare(digest, commit, taken, left);
      return { digest, recorded: findings.length === 0, findings };
    }
    case 'commit': {
      const { taken, left } = await recordsOf(input, input.commit, deps);
      if (taken.length === 0 && left.length > 0) throw onlyOfPulls(left, { commit: input.commit, ref: deps.ref });
      return { digest: onlyDigest(input, taken), recorded: true, findings: [] };
    }
    case 'tag': {
      const found = await registry.manifests.get({ tag: input.tag }, io);
      if (found !== undefined) return { digest: found.descriptor.digest, recorded: false, findings: [] };
      throw new WaybillError('TAG_UNKNOWN', `${imageOf(input)} has no tag ${JSON.stringify(input.tag)}`, {
        kind: 'user',
        hint: 'Push it first, or give the digest.',
      });
    }
  }
}

/** The records of the commit: those that count, and those of pull requests that this run is no part of. */
async function recordsOf(
  input: Pick<ImageInput, 'place'>,
  commit: string,
  { builds, ref, takesPullRequests, signal }: ResolveDeps,
): Promise<{ readonly taken: readonly BuildRecord[]; readonly left: readonly BuildRecord[] }> {
  const io = signal === undefined ? {} : { signal };
  const records = await (await builds()).byCommit(imageOf(input), commit, io);
  const left = records.filter((record) => isOfAnotherPull(record, ref));
  const areTaken = left.length > 0 && (await takesPullRequests?.(io)) === true;
  return areTaken ? { taken: records, left: [] } : { taken: records.filter((each) => !left.includes(each)), left };
}

function onlyDigest(
  input: Pick<ImageInput, 'place'> & { readonly commit: string },
  records: readonly BuildRecord[],
): Digest {
  const recorded = new Map(
    records.map(({ digest, identity, recordedAt }) => [digest, `${digest} (${identity}, ${recordedAt})`]),
  );
  const [digest, ...others] = recorded.keys();
  const image = imageOf(input);
  if (digest === undefined) {
    throw new WaybillError('RECORD_UNKNOWN', `no build of ${image} is recorded for the commit ${input.commit}`, {
      kind: 'user',
      hint: 'Record it when it is built (`waybill image record-artifact`), or give the digest.',
    });
  }
  if (others.length === 0) return digest;
  throw new WaybillError(
    'RECORD_AMBIGUOUS',
    `${recorded.size} builds of ${image} are recorded for the commit ${input.commit}: ${[...recorded.values()].join('; ')}`,
    { kind: 'user', hint: 'Give the digest of one of them.' },
  );
}

function compare(
  digest: Digest,
  commit: string,
  taken: readonly BuildRecord[],
  left: readonly BuildRecord[],
): readonly Finding[] {
  if (taken.some((record) => record.digest === digest)) return [];
  const ofPull = left.find((record) => record.digest === digest);
  if (ofPull !== undefined) {
    return [
      finding('record-ref-mismatch', {
        subject: digest,
        message: `the digest was built by ${ofPull.ref}, and this run is no part of that pull request`,
        ...(ofPull.ref === undefined ? {} : { found: ofPull.ref }),
      }),
    ];
  }
  if (taken.length === 0) {
    return [finding('record-unknown', { subject: commit, message: `no build is recorded for the commit ${commit}` })];
  }
  return [
    finding('record-mismatch', {
      subject: digest,
      message: `the digest is not the one that is recorded for the commit ${commit}`,
      expected: [...new Set(taken.map((record) => record.digest))].join(', '),
      found: digest,
    }),
  ];
}

function imageOf({ place: { host, repository } }: Pick<ImageInput, 'place'>): string {
  return `${host}/${repository}`;
}
