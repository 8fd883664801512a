import type { Digest } from '../oci/index.ts';

/** What a digest must show before it may enter a channel; each includes the ones before it. */
export type Requirement = 'integrity' | 'signed' | 'provenance';

/** A channel of the file, as it stands there. */
export interface ChannelRule {
  /** Names of channels of the same image; none: it takes anything. */
  readonly from: readonly string[];
  readonly require: Requirement;
  /** How long a digest stands in a channel before it may leave it for this one. */
  readonly soakMs: number;
  /** `host/repository`; absent: the same repository. */
  readonly image?: string;
  /** Absent: the channel's name. */
  readonly tag?: string;
  /** Artifact types or predicate types that must be attached to the digest. */
  readonly evidence: readonly string[];
}

/** What the file says of the images that a pattern takes. */
export interface ImageRule {
  /** `host/repository`; `*` stands for anything but `/`, `**` for anything. */
  readonly pattern: string;
  /** By name; undefined where the file does not say: the built-in ones. */
  readonly channels: Readonly<Record<string, ChannelRule>> | undefined;
  readonly adopt: 'same-ref' | 'any';
}

export interface CacheRules {
  /** Store URIs, nearest first. */
  readonly store: readonly string[];
  readonly unsigned?: 'allow' | 'warn' | 'refuse';
  readonly retention?: { readonly days?: number; readonly deleteDays?: number; readonly maxBytes?: number };
}

export interface SignerRule {
  readonly kind: readonly string[];
  readonly repository?: string;
  readonly workflow?: string;
  readonly refs?: readonly string[];
  readonly events?: readonly string[];
  readonly runner?: string;
}

export interface KeyRule {
  readonly spki: Digest;
  /** `YYYY-MM-DD`, both inclusive. */
  readonly from?: string;
  readonly until?: string;
  readonly kinds: readonly string[];
}

export interface TrustRules {
  readonly signers: readonly SignerRule[];
  readonly keys: readonly KeyRule[];
  readonly maxAgeMs?: number;
  readonly revoked: readonly { readonly digest: Digest; readonly why?: string }[];
}

export interface AlarmRules {
  /** Between 0 and 1. */
  readonly hitRateBelow?: number;
  readonly bytesAbove?: number;
  readonly averageAgeMsAbove?: number;
}

/** `.github/waybill.yml`, read. */
export interface Config {
  readonly version: 1;
  /** As the file was named to the parser: for messages. */
  readonly file: string;
  readonly images: readonly ImageRule[];
  readonly cache: CacheRules | undefined;
  readonly trust: TrustRules | undefined;
  readonly alarms: AlarmRules | undefined;
}

/** A channel of one image, with everything that was left out filled in. */
export interface Channel {
  readonly name: string;
  readonly from: readonly string[];
  readonly require: Requirement;
  readonly soakMs: number;
  /** `host/repository` that the channel's tag stands in. */
  readonly image: string;
  readonly tag: string;
  readonly evidence: readonly string[];
}

/** Where the configuration stands in a repository. */
export const CONFIG_PATH = '.github/waybill.yml';
