import { limit } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import type { Descriptor, Digest } from '../../oci/index.ts';
import type { ManifestRef, Registry } from '../types.ts';
import { readAttachments } from './attachments.ts';
import { describeReferrer } from './referrer.ts';

const AT_ONCE = 8;

/** See {@link Registry.referrers}. */
export async function listReferrers(
  registry: Registry,
  subject: Digest,
  { signal, artifactType }: IoOptions & { readonly artifactType?: string } = {},
): Promise<readonly Descriptor[]> {
  const io = signal === undefined ? {} : { signal };
  const { listed, own } = await readAttachments(registry, io).claims(subject);
  const gate = limit(AT_ONCE);
  const refs: readonly ManifestRef[] = [...[...listed].map((digest) => ({ digest })), ...own.map((tag) => ({ tag }))];
  const found = await Promise.all(refs.map((ref) => gate(() => registry.manifests.get(ref, io), signal)));
  const referrers = new Map<Digest, Descriptor>();
  for (const manifest of found) {
    const referrer = manifest === undefined ? undefined : describeReferrer(manifest, subject);
    if (referrer === undefined || (artifactType !== undefined && referrer.artifactType !== artifactType)) continue;
    referrers.set(referrer.digest, referrer);
  }
  return [...referrers.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
