import { WaybillError } from '../../errors/index.ts';
import type { Descriptor, Digest } from '../../oci/index.ts';
import { ownTag } from '../referrers/attached-tags.ts';
import type { Attachments } from '../referrers/attachments.ts';
import { ensureListed } from '../referrers/ensure-listed.ts';
import type { FetchedManifest } from '../types.ts';
import { byLevel } from './by-level.ts';
import { copyTagged } from './copy-manifest.ts';
import { type CopiedRoot, subjectsOf } from './copy-root.ts';
import type { CopySession } from './copy-session.ts';
import { findReferrers } from './find-referrers.ts';

/** An image to which more is attached is somebody's mistake, or somebody's attack. */
const MAX_REFERRERS = 10_000;

export interface CopiedReferrers {
  /** In the order of their digests. */
  readonly referrers: readonly Descriptor[];
  /** The image's manifests, and those of what is attached: what old-style tags may belong to. */
  readonly subjects: readonly Digest[];
}

/**
 * Copies what is attached to the image, to its parts, and to what is attached, level by level; then sees to it that the
 * target lists it. What only claims to be attached, and names another subject, is left where it is.
 * @throws WaybillError `TOO_MANY_REFERRERS`; what {@link ensureListed} throws
 */
export async function copyReferrers(
  session: CopySession,
  image: CopiedRoot,
  source: Attachments,
  target: Attachments | undefined,
): Promise<CopiedReferrers> {
  const referrers = new Map<Digest, Descriptor>();
  const toList: { readonly subject: Digest; readonly referrers: readonly Descriptor[] }[] = [];
  const subjects = await byLevel(image.subjects, async (subject) => {
    const found = await copyReferrersOf(session, subject, source, target);
    for (const { descriptor } of found) referrers.set(descriptor.digest, descriptor);
    if (referrers.size > MAX_REFERRERS) throw tooMany(image.manifest.descriptor.digest);
    if (found.some(({ listed }) => !listed)) {
      toList.push({ subject, referrers: found.map(({ descriptor }) => descriptor) });
    }
    return found.flatMap((each) => each.subjects);
  });
  const { to: registry, clock } = session.options;
  await Promise.all(
    toList.map((each) => ensureListed({ registry, ...each, withoutApi: session.withoutApi, clock, ...session.io })),
  );
  const inOrder = [...referrers.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  return { referrers: inOrder, subjects };
}

interface CopiedReferrer {
  readonly descriptor: Descriptor;
  /** The target's API or index names it. */
  readonly listed: boolean;
  /** Its own manifests: itself, and those below it where it is an index. */
  readonly subjects: readonly Digest[];
}

async function copyReferrersOf(
  session: CopySession,
  subject: Digest,
  source: Attachments,
  target: Attachments | undefined,
): Promise<readonly CopiedReferrer[]> {
  const found = await findReferrers(session, subject, source, target);
  return Promise.all(
    found.map(async ({ manifest, descriptor, at }) => {
      const subjects: Digest[] = [];
      const seen = (each: FetchedManifest) => subjects.push(each.descriptor.digest);
      if (at !== 'source') {
        session.done(manifest.descriptor, 'existing');
        const below = await subjectsOf(session, session.options.to, manifest);
        return { descriptor, listed: at === 'listed', subjects: below ?? [descriptor.digest] };
      }
      await copyTagged(session, manifest, ownTag(subject, descriptor.digest), seen);
      return { descriptor, listed: false, subjects };
    }),
  );
}

function tooMany(root: Digest): WaybillError {
  return new WaybillError('TOO_MANY_REFERRERS', `more than ${MAX_REFERRERS} manifests are attached to ${root}`, {
    kind: 'remote',
    hint: 'Delete attachments that nobody needs.',
  });
}
