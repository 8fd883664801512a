import { type Limit, limit } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import type { Descriptor, Digest } from '../../oci/index.ts';
import type { ManifestRef, Registry } from '../types.ts';
import type { Attachments } from './attachments.ts';
import { describeReferrer } from './referrer.ts';

const AT_ONCE = 8;

/** What is attached to the subject, each fetched and looked at, in the order of their digests. */
export async function referrersIn(
  registry: Registry,
  attachments: Attachments,
  subject: Digest,
  io: IoOptions,
  gate: Limit = limit(AT_ONCE),
): Promise<readonly Descriptor[]> {
  const { listed, own } = await attachments.claims(subject);
  const refs: readonly ManifestRef[] = [...[...listed].map((digest) => ({ digest })), ...own.map((tag) => ({ tag }))];
  const found = await Promise.all(refs.map((ref) => gate(() => registry.manifests.get(ref, io), io.signal)));
  const referrers = new Map<Digest, Descriptor>();
  for (const manifest of found) {
    const referrer = manifest === undefined ? undefined : describeReferrer(manifest, subject);
    if (referrer !== undefined) referrers.set(referrer.digest, referrer);
  }
  return [...referrers.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
