import type { Digest } from '../../oci/index.ts';
import { type LegacyKind, legacyTag } from '../referrers/attached-tags.ts';
import type { Attachments } from '../referrers/attachments.ts';
import type { FetchedManifest } from '../types.ts';
import type { CopySession } from './copy-session.ts';
import { lackingLayers, readLayers } from './merge-layers.ts';
import { type Plan, planManifest } from './plan-manifest.ts';

/** The old tags of these subjects. */
export async function planLegacyTags(
  session: CopySession,
  plan: Plan,
  subjects: readonly Digest[],
  source: Attachments,
): Promise<void> {
  const { gate, io, options, sameRepository } = session;
  await Promise.all(
    subjects.map(async (subject) => {
      for (const kind of await gate(() => source.legacy(subject), io.signal)) {
        const tag = legacyTag(subject, kind);
        const wanted = await gate(() => options.from.manifests.get({ tag }, io), io.signal);
        if (wanted === undefined) continue;
        const there = sameRepository ? wanted : await gate(() => options.to.manifests.get({ tag }, io), io.signal);
        const action = there === undefined ? 'put' : meeting(kind, wanted, there);
        plan.legacyTags.push({ tag, action });
        if (action === 'put') await planManifest(session, plan, wanted);
      }
    }),
  );
}

/** What happens where both have the tag. */
export function meeting(
  kind: LegacyKind,
  wanted: FetchedManifest,
  there: FetchedManifest,
): 'exists' | 'keep' | 'merge' {
  if (there.descriptor.digest === wanted.descriptor.digest) return 'exists';
  const [into, from] = [readLayers(there), readLayers(wanted)];
  if (kind === 'sbom' || into === undefined || from === undefined) return 'keep';
  return lackingLayers(into, from).length === 0 ? 'exists' : 'merge';
}
