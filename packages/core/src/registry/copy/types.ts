import type { RetryClock } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import type { Descriptor, Digest } from '../../oci/index.ts';
import type { Registry } from '../types.ts';

export interface CopyOptions extends IoOptions {
  readonly from: Registry;
  /** The same registry as `from` where the host is the same: then blobs are mounted. */
  readonly to: Registry;
  /** Of a descriptor the digest alone counts. */
  readonly root: Digest | Descriptor;
  /** `all`: with everything that is attached to it, to its parts, and to what is attached. */
  readonly referrers: 'all' | 'none';
  /**
   * What a root means that the target has already. `trust` (default): that it is whole. `check`: its parts are copied all
   * the same where they are missing.
   */
  readonly existing?: 'trust' | 'check';
  /** Requests at once. Default 8. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: CopyProgress) => void;
  readonly clock: RetryClock;
}

/** Told after each blob and each manifest. */
export interface CopyProgress {
  readonly descriptor: Descriptor;
  readonly outcome: CopyOutcome;
}

/** `foreign`: its bytes are elsewhere (`urls`) and the source does not have them either. */
export type CopyOutcome = 'mounted' | 'copied' | 'existing' | 'foreign';

/** Something that did not go as it should, and that does not spoil the copy. */
export interface CopyNote {
  /** Kebab-case: `foreign-layer`, `legacy-tag-kept`, `fallback-tag-taken`. */
  readonly code: string;
  /** A digest or a tag. */
  readonly subject: string;
  readonly message: string;
}

/** Counts are of blobs (configs and layers) that were looked at, those of referrers included. */
export interface CopyResult {
  readonly root: Descriptor;
  /** The target had the root before. */
  readonly rootExisted: boolean;
  readonly mountedBlobs: number;
  readonly mountedBytes: number;
  readonly copiedBlobs: number;
  readonly copiedBytes: number;
  readonly existingBlobs: number;
  readonly existingBytes: number;
  /** All that is attached at the target and was at the source, each verified to name its subject. */
  readonly referrers: readonly Descriptor[];
  /** The tags `sha256-<hex>.sig`, `.att`, `.sbom` that stand at the target. */
  readonly legacyTags: readonly string[];
  /** What the target has, as this copy saw: mounted, taken, or found there. */
  readonly present: ReadonlySet<Digest>;
  readonly notes: readonly CopyNote[];
}

/** What {@link CopyResult} would tell; nothing was written. */
export interface CopyPlan {
  readonly root: Descriptor;
  readonly rootExists: boolean;
  readonly blobs: readonly {
    readonly descriptor: Descriptor;
    readonly action: 'mount' | 'copy' | 'exists' | 'foreign';
  }[];
  readonly manifests: readonly { readonly descriptor: Descriptor; readonly action: 'put' | 'exists' }[];
  readonly referrers: readonly {
    readonly descriptor: Descriptor;
    readonly subject: Digest;
    readonly action: 'attach' | 'exists';
  }[];
  readonly legacyTags: readonly { readonly tag: string; readonly action: 'put' | 'merge' | 'keep' | 'exists' }[];
}
