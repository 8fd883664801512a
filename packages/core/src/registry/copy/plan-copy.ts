import { readAttachments } from '../referrers/attachments.ts';
import { byLevel } from './by-level.ts';
import { type CopySession, openSession } from './copy-session.ts';
import { planLegacyTags } from './plan-legacy.ts';
import { type Plan, planRoot } from './plan-manifest.ts';
import { planReferrersOf } from './plan-referrers.ts';
import type { CopyOptions, CopyPlan } from './types.ts';

/**
 * What {@link copyImage} would do. Only asks: the target is looked at blob by blob, so that this takes more requests than
 * a copy. That a blob would be mounted is what would be tried.
 * @throws WaybillError what {@link copyImage} throws of what it reads
 */
export async function planCopy(options: CopyOptions): Promise<CopyPlan> {
  const session = openSession(options);
  const plan: Plan = { blobs: [], manifests: [], referrers: [], legacyTags: [] };
  try {
    const root = await planRoot(session, plan);
    if (options.referrers === 'all') await planAttached(session, plan, root.subjects);
    return { root: root.manifest.descriptor, rootExists: root.existed, ...plan };
  } catch (error) {
    await session.fail(error);
    throw error;
  }
}

async function planAttached(session: CopySession, plan: Plan, subjects: Parameters<typeof byLevel>[0]): Promise<void> {
  const { from, to } = session.options;
  const about = { ...session.io, withoutApi: session.withoutApi };
  const source = readAttachments(from, about);
  const target = readAttachments(to, about);
  const all = await byLevel(subjects, (subject) => planReferrersOf(session, plan, subject, source, target));
  await planLegacyTags(session, plan, all, source);
}
