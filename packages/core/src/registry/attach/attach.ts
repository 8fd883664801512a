import type { Content } from '../../content/index.ts';
import { type Descriptor, describe, EMPTY_DESCRIPTOR, EMPTY_JSON, encodeManifest, MediaType } from '../../oci/index.ts';
import { ownTag } from '../referrers/attached-tags.ts';
import { ensureListed } from '../referrers/ensure-listed.ts';
import { describeReferrer } from '../referrers/referrer.ts';
import { registryStore } from '../registry-store.ts';
import type { AttachLayer, AttachOptions } from './types.ts';

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
  const { registry, subject, artifactType, annotations, clock, signal } = options;
  const io = signal === undefined ? {} : { signal };
  const layers = options.layers.map(readLayer);
  const { raw, descriptor } = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    artifactType,
    config: EMPTY_DESCRIPTOR,
    layers: layers.length === 0 ? [EMPTY_DESCRIPTOR] : layers.map((layer) => layer.descriptor),
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    ...(annotations === undefined ? {} : { annotations }),
  });
  const store = registryStore(registry);
  const blobs = new Map(
    [{ descriptor: EMPTY_DESCRIPTOR, content: EMPTY_JSON }, ...layers].map((each) => [each.descriptor.digest, each]),
  );
  for (const blob of blobs.values()) await store.push(blob.descriptor, blob.content, io);
  await registry.manifests.put(descriptor, raw, { ...io, tag: ownTag(subject.digest, descriptor.digest) });
  const referrer = describeReferrer({ raw, descriptor }, subject.digest) ?? descriptor;
  await ensureListed({ registry, subject: subject.digest, referrers: [referrer], withoutApi: new Set(), clock, ...io });
  return referrer;
}

function readLayer(layer: AttachLayer): { readonly descriptor: Descriptor; readonly content: Content } {
  return 'bytes' in layer
    ? { descriptor: describe(layer.mediaType, layer.bytes, layer.annotations), content: layer.bytes }
    : { descriptor: layer.descriptor, content: layer.open };
}
