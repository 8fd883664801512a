import type { Content } from '../../content/index.ts';
import { type Descriptor, type Digest, EMPTY_DESCRIPTOR, EMPTY_JSON } from '../../oci/index.ts';
import { ownTag } from '../referrers/attached-tags.ts';
import { ensureListed } from '../referrers/ensure-listed.ts';
import { registryStore } from '../registry-store.ts';
import { encodeReferrer, layerDescriptor } from './encode-referrer.ts';
import type { AttachOptions } from './types.ts';

/**
 * Attaches an artifact to a manifest (OCI image-spec 1.1, "Guidelines for Artifact Usage"): its blobs, then its manifest
 * under the tag `sha256-<hex of the subject>.wb-<12 hex>`, which no other writer touches; then, where the registry's API
 * does not list it, it is merged into the index under the tag `sha256-<hex>` and looked for there until it stands. The
 * same arguments give the same manifest; attaching it twice changes nothing.
 * @returns the manifest's descriptor, with artifact type and annotations as an index of referrers shows them
 * @throws WaybillError `REFERRERS_NOT_LISTED`, `REFERRERS_TAG_TAKEN`, `REFERRERS_INDEX_FULL`: then it stands under its own
 *   tag alone, where {@link Registry.referrers} finds it; `DIGEST_MISMATCH`, `SIZE_MISMATCH` of a layer; and what
 *   {@link Blobs} throws
 */
export async function attach(options: AttachOptions): Promise<Descriptor> {
  const { registry, subject, layers, clock, signal } = options;
  const io = signal === undefined ? {} : { signal };
  const { raw, descriptor, referrer } = encodeReferrer(options);
  const blobs = new Map<Digest, { readonly descriptor: Descriptor; readonly content: Content }>([
    [EMPTY_DESCRIPTOR.digest, { descriptor: EMPTY_DESCRIPTOR, content: EMPTY_JSON }],
  ]);
  for (const layer of layers) {
    const of = layerDescriptor(layer);
    blobs.set(of.digest, { descriptor: of, content: 'bytes' in layer ? layer.bytes : layer.open });
  }
  const store = registryStore(registry);
  for (const blob of blobs.values()) await store.push(blob.descriptor, blob.content, io);
  await registry.manifests.put(descriptor, raw, { ...io, tag: ownTag(subject.digest, descriptor.digest) });
  await ensureListed({ registry, subject: subject.digest, referrers: [referrer], withoutApi: new Set(), clock, ...io });
  return referrer;
}
