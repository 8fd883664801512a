import { type Descriptor, describe, EMPTY_DESCRIPTOR, encodeManifest, MediaType } from '../../oci/index.ts';
import { describeReferrer } from '../referrers/referrer.ts';
import type { FetchedManifest } from '../types.ts';
import type { AttachLayer, AttachOptions } from './types.ts';

export interface EncodedReferrer extends FetchedManifest {
  /** With artifact type and annotations as an index of referrers shows them. */
  readonly referrer: Descriptor;
}

/** The manifest that {@link attach} would push, without a request. The same arguments give the same bytes. */
export function encodeReferrer({
  subject,
  artifactType,
  layers,
  annotations,
}: Pick<AttachOptions, 'subject' | 'artifactType' | 'layers' | 'annotations'>): EncodedReferrer {
  const { mediaType, digest, size } = subject;
  const { raw, descriptor } = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    artifactType,
    config: EMPTY_DESCRIPTOR,
    layers: layers.length === 0 ? [EMPTY_DESCRIPTOR] : layers.map(layerDescriptor),
    subject: { mediaType, digest, size },
    ...(annotations === undefined ? {} : { annotations }),
  });
  return { raw, descriptor, referrer: describeReferrer({ raw, descriptor }, digest) ?? descriptor };
}

export function layerDescriptor(layer: AttachLayer): Descriptor {
  return 'bytes' in layer ? describe(layer.mediaType, layer.bytes, layer.annotations) : layer.descriptor;
}
