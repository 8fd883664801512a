import { type Digest, digestOf } from './digest.ts';

/** What some bytes are, how many, and their digest (OCI image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The descriptor of these bytes. */
export function describe(
  mediaType: string,
  bytes: Uint8Array,
  annotations?: Readonly<Record<string, string>>,
): Descriptor {
  const base = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
  return annotations === undefined ? base : { ...base, annotations };
}
