import type { IoOptions } from '../content/index.ts';
import type { Digest } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';

/**
 * How layers are looked at. `manifest`: not at all, nor are configs. `exist`: asked for (HEAD, size compared); configs are
 * read. `rehash`: downloaded and hashed.
 */
export const LAYER_CHECKS = ['manifest', 'exist', 'rehash'] as const;
export type LayerCheck = (typeof LAYER_CHECKS)[number];

export interface VerifyOptions extends IoOptions {
  readonly registry: Registry;
  readonly digest: Digest;
  readonly layers: LayerCheck;
  /** Platforms that must be there, `os/arch[/variant]`. Default none. */
  readonly platforms?: readonly string[];
  /** A ledger names the digest: where it is gone it is `lost`. Default false. */
  readonly recorded?: boolean;
  /** Blobs that need no look: what a copy has just mounted or pushed. */
  readonly present?: ReadonlySet<Digest>;
  /** Requests at once. Default 8. */
  readonly concurrency?: number;
}

/** One thing that is not as it should be. */
export interface Finding {
  /** Kebab-case, from a closed list that only grows. */
  readonly code: string;
  /** With an `error` the digest is not verified. */
  readonly level: 'error' | 'warning' | 'note';
  /** A digest, a platform, or a reference. */
  readonly subject: string;
  readonly expected?: string;
  readonly found?: string;
  readonly message: string;
  readonly hint?: string;
}

export interface Verification {
  readonly digest: Digest;
  /** `integrity`: everything that was looked at is what the digest says. */
  readonly verified: 'false' | 'integrity';
  /** Empty where the root is missing or cannot be read. */
  readonly mediaType: string;
  /** `os/arch[/variant]`, sorted, each once; of images alone, never of attestations. */
  readonly platforms: readonly string[];
  /** All of them, not only the first: errors first, then in the order of the graph. */
  readonly findings: readonly Finding[];
  /** Looked at: manifests and indexes; configs and layers; bytes that were hashed. */
  readonly manifests: number;
  readonly layers: number;
  readonly bytes: number;
}
