import type { Descriptor, Digest } from '../../oci/index.ts';
import { ownTag } from '../referrers/attached-tags.ts';
import type { Attachments, Claims } from '../referrers/attachments.ts';
import { describeReferrer } from '../referrers/referrer.ts';
import type { FetchedManifest, ManifestRef, Registry } from '../types.ts';
import type { CopySession } from './copy-session.ts';

/** A referrer that names its subject itself. */
export interface FoundReferrer {
  readonly manifest: FetchedManifest;
  readonly descriptor: Descriptor;
  /** `listed`: the target has it, and its API or index names it. `target`: it has it and does not. `source`: it lacks it. */
  readonly at: 'listed' | 'target' | 'source';
}

/**
 * What is attached to the subject at the source, each read once, at the target where that has it.
 * @param target undefined where the target cannot have any of it
 */
export async function findReferrers(
  session: CopySession,
  subject: Digest,
  source: Attachments,
  target: Attachments | undefined,
): Promise<readonly FoundReferrer[]> {
  const { gate, io } = session;
  const claims = await gate(() => source.claims(subject), io.signal);
  const refs: readonly ManifestRef[] = [
    ...[...claims.listed].map((digest) => ({ digest })),
    ...claims.own.map((tag) => ({ tag })),
  ];
  if (refs.length === 0) return [];
  const there = target === undefined ? undefined : await gate(() => target.claims(subject), io.signal);
  const found = await Promise.all(refs.map((ref) => findReferrer(session, subject, ref, there)));
  return found.filter((each) => each !== undefined);
}

async function findReferrer(
  { options: { from, to }, gate, io, sameRepository }: CopySession,
  subject: Digest,
  ref: ManifestRef,
  there: Claims | undefined,
): Promise<FoundReferrer | undefined> {
  const read = async (registry: Registry) => {
    const manifest = await gate(() => registry.manifests.get(ref, io), io.signal);
    const descriptor = manifest === undefined ? undefined : describeReferrer(manifest, subject);
    return manifest === undefined || descriptor === undefined ? undefined : { manifest, descriptor };
  };
  if (sameRepository || isClaimed(there, subject, ref)) {
    const known = await read(to);
    if (known !== undefined) {
      const listed = sameRepository || there?.listed.has(known.descriptor.digest) === true;
      return { ...known, at: listed ? 'listed' : 'target' };
    }
  }
  const known = sameRepository ? undefined : await read(from);
  return known === undefined ? undefined : { ...known, at: 'source' };
}

/** Whether the target is said to have it attached already. */
function isClaimed(there: Claims | undefined, subject: Digest, ref: ManifestRef): boolean {
  if (there === undefined) return false;
  const own = 'tag' in ref ? ref.tag : ownTag(subject, ref.digest);
  return there.own.includes(own) || [...there.listed].some((digest) => ownTag(subject, digest) === own);
}
