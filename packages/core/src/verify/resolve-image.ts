import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Builds } from '../ledger/index.ts';
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
 * one that is recorded for a commit; the one that a tag has now.
 * @throws WaybillError `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS` (lists them), `TAG_UNKNOWN` (user); what registry and ledger throw
 */
export async function resolveImage(input: ImageInput, deps: ResolveDeps): Promise<ResolvedImage> {
  const { registry, signal } = deps;
  const io = signal === undefined ? {} : { signal };
  switch (input.kind) {
    case 'digest': {
      const { digest, commit } = input;
      if (commit === undefined) return { digest, recorded: false, findings: [] };
      const recorded = await recordedDigests(input, commit, deps);
      const findings = compare(digest, commit, recorded);
      return { digest, recorded: findings.length === 0, findings };
    }
    case 'commit':
      return {
        digest: onlyDigest(input, await recordedDigests(input, input.commit, deps)),
        recorded: true,
        findings: [],
      };
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

async function recordedDigests(
  input: Pick<ImageInput, 'place'>,
  commit: string,
  { builds, signal }: ResolveDeps,
): Promise<ReadonlyMap<Digest, string>> {
  const records = await (await builds()).byCommit(imageOf(input), commit, signal === undefined ? {} : { signal });
  return new Map(records.map(({ digest, identity, recordedAt }) => [digest, `${digest} (${identity}, ${recordedAt})`]));
}

function onlyDigest(
  input: Pick<ImageInput, 'place'> & { readonly commit: string },
  recorded: ReadonlyMap<Digest, string>,
): Digest {
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

function compare(digest: Digest, commit: string, recorded: ReadonlyMap<Digest, string>): readonly Finding[] {
  if (recorded.has(digest)) return [];
  if (recorded.size === 0) {
    return [finding('record-unknown', { subject: commit, message: `no build is recorded for the commit ${commit}` })];
  }
  return [
    finding('record-mismatch', {
      subject: digest,
      message: `the digest is not the one that is recorded for the commit ${commit}`,
      expected: [...recorded.keys()].join(', '),
      found: digest,
    }),
  ];
}

function imageOf({ place: { host, repository } }: Pick<ImageInput, 'place'>): string {
  return `${host}/${repository}`;
}
