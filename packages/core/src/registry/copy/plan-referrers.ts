import type { Digest } from '../../oci/index.ts';
import type { Attachments } from '../referrers/attachments.ts';
import { subjectsOf } from './copy-root.ts';
import type { CopySession } from './copy-session.ts';
import { findReferrers } from './find-referrers.ts';
import { type Plan, planManifest } from './plan-manifest.ts';

/**
 * What is attached to one subject.
 * @returns the manifests of it
 */
export async function planReferrersOf(
  session: CopySession,
  plan: Plan,
  subject: Digest,
  source: Attachments,
  target: Attachments,
): Promise<readonly Digest[]> {
  const found = await findReferrers(session, subject, source, target);
  const below = await Promise.all(
    found.map(async ({ manifest, descriptor, at }) => {
      plan.referrers.push({ descriptor, subject, action: at === 'listed' ? 'exists' : 'attach' });
      if (at === 'source') return planManifest(session, plan, manifest);
      return (await subjectsOf(session, session.options.to, manifest)) ?? [descriptor.digest];
    }),
  );
  return below.flat();
}
