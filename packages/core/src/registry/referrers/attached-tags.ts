import { type Digest, digestFromHex, hexOf } from '../../oci/index.ts';

/** What cosign kept under tags before there were referrers: signatures, attestations, an SBOM. */
export const LEGACY_KINDS = ['sig', 'att', 'sbom'] as const;
export type LegacyKind = (typeof LEGACY_KINDS)[number];

/** Characters of the referrer's digest in its own tag. */
const OWN_DIGITS = 12;
const ATTACHED = /^sha256-([0-9a-f]{64})(?:\.(?:(sig|att|sbom)|wb-([0-9a-f]{12})))?$/;

/** The tag of the index of referrers, where the registry has no API for them (distribution-spec 1.1, "Referrers Tag Schema"). */
export function referrersTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`;
}

/** The tag that one referrer alone stands under, so that no other writer can take it out of a list. */
export function ownTag(subject: Digest, referrer: Digest): string {
  return `${referrersTag(subject)}.wb-${hexOf(referrer).slice(0, OWN_DIGITS)}`;
}

export function legacyTag(subject: Digest, kind: LegacyKind): string {
  return `${referrersTag(subject)}.${kind}`;
}

/** The tags of a repository that belong to one subject, as far as a listing tells. */
export interface AttachedTags {
  /** Whether there is an index of referrers. */
  readonly fallback: boolean;
  readonly legacy: readonly LegacyKind[];
  readonly own: readonly string[];
}

/** Picks the tags that belong to a subject out of a listing, subject by subject. */
export async function groupTags(pages: AsyncIterable<readonly string[]>): Promise<ReadonlyMap<Digest, AttachedTags>> {
  const all = new Map<Digest, { fallback: boolean; legacy: LegacyKind[]; own: string[] }>();
  for await (const page of pages) {
    for (const tag of page) {
      const [, hex, kind, own] = ATTACHED.exec(tag) ?? [];
      if (hex === undefined) continue;
      const subject = digestFromHex(hex);
      const tags = all.get(subject) ?? { fallback: false, legacy: [], own: [] };
      all.set(subject, tags);
      const legacy = LEGACY_KINDS.find((each) => each === kind);
      if (legacy !== undefined) tags.legacy.push(legacy);
      else if (own !== undefined) tags.own.push(tag);
      else tags.fallback = true;
    }
  }
  return all;
}
