import { type Descriptor, type Digest, isForeign, partsOf } from '../../oci/index.ts';
import type { FetchedManifest } from '../types.ts';
import { fetchManifest, type Wanted } from './copy-manifest.ts';
import { type CopiedRoot, findRoot } from './copy-root.ts';
import type { CopySession } from './copy-session.ts';
import type { CopyPlan } from './types.ts';

/** A plan in the making. */
export type Plan = {
  readonly [Field in 'blobs' | 'manifests' | 'referrers' | 'legacyTags']: CopyPlan[Field][number][];
};

/** The image itself, without what is attached to it. */
export async function planRoot(session: CopySession, plan: Plan): Promise<CopiedRoot> {
  const { from, root } = session.options;
  const existing = await findRoot(session);
  if (existing !== undefined) {
    plan.manifests.push({ descriptor: existing.manifest.descriptor, action: 'exists' });
    return existing;
  }
  const digest = typeof root === 'string' ? root : root.digest;
  const manifest = await fetchManifest(from, { digest }, session.io);
  return { manifest, existed: false, subjects: await planManifest(session, plan, manifest) };
}

/**
 * A manifest with all that it reaches.
 * @returns the manifests below it, itself first
 */
export async function planManifest(
  session: CopySession,
  plan: Plan,
  manifest: FetchedManifest,
): Promise<readonly Digest[]> {
  const { gate, io, options } = session;
  const { descriptor } = manifest;
  const found: Digest[] = [descriptor.digest];
  const child = async (wanted: Wanted) => {
    const below = await gate(() => fetchManifest(options.from, wanted, io), io.signal);
    found.push(...(await planManifest(session, plan, below)));
  };
  const { manifests, blobs } = partsOf(manifest);
  await Promise.all([
    ...blobs.map((each) => session.once(`blob ${each.digest}`, () => planBlob(session, plan, each))),
    ...manifests.map((each) => session.once(`manifest ${each.digest}`, () => child(each))),
  ]);
  const there = await gate(() => options.to.manifests.head({ digest: descriptor.digest }, io), io.signal);
  plan.manifests.push({ descriptor, action: there === undefined ? 'put' : 'exists' });
  return found;
}

async function planBlob(session: CopySession, plan: Plan, descriptor: Descriptor): Promise<void> {
  const { gate, io, options, sameHost } = session;
  const { digest, size } = descriptor;
  const action = await gate(async () => {
    const there = await options.to.blobs.head(digest, io);
    if (there === size || there === -1) return 'exists';
    if (isForeign(descriptor) && (await options.from.blobs.head(digest, io)) === undefined) return 'foreign';
    return sameHost ? 'mount' : 'copy';
  }, io.signal);
  plan.blobs.push({ descriptor, action });
}
