import type { IoOptions } from '../../content/index.ts';
import type { Descriptor, Digest } from '../../oci/index.ts';
import type { Registry } from '../types.ts';
import { readAttachments } from './attachments.ts';
import { referrersIn } from './referrers-in.ts';

/** See {@link Registry.referrers}. */
export async function listReferrers(
  registry: Registry,
  subject: Digest,
  { signal, artifactType }: IoOptions & { readonly artifactType?: string } = {},
): Promise<readonly Descriptor[]> {
  const io = signal === undefined ? {} : { signal };
  const all = await referrersIn(registry, readAttachments(registry, io), subject, io);
  return all.filter((each) => artifactType === undefined || each.artifactType === artifactType);
}
