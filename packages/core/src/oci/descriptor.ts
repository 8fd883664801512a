import { type Digest, digestOf } from './digest.ts';

/** What an image runs on (OCI image-spec, image-index.md). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** What some bytes are, how many, and their digest (OCI image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  /** Of an entry of an index: what the image runs on. */
  readonly platform?: Platform;
  /** Where the bytes can be had besides the registry; of layers that many registries do not keep. */
  readonly urls?: readonly string[];
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

/** `os/arch[/variant]`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}
