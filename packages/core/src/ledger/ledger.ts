import type { CommitId, IoOptions } from '../content/index.ts';
import type { Digest } from '../oci/index.ts';
import type { LedgerFinding } from './finding.ts';
import type { BuildRecord, ChannelDraft, ChannelRecord } from './records.ts';

/** A record of a channel, and where it stands. */
export interface ChannelEntry {
  readonly commit: CommitId;
  readonly record: ChannelRecord;
  /** sha256 of `record.json` as it stands: what the next record names as `previous`. */
  readonly recordDigest: Digest;
}

/** One record of a digest in a channel. */
export interface Appearance {
  readonly sequence: number;
  /** `promotedAt` of that record. */
  readonly at: string;
}

/** What a channel knows of one digest. */
export interface DigestFacts {
  readonly first: Appearance;
  readonly latest: Appearance;
  /** The commit before the first one; absent where that was the channel's first. */
  readonly before?: CommitId;
  /** The channel was rolled back from this digest, and has not recorded it since. */
  readonly rolledBack: boolean;
}

export type AppendResult =
  | { readonly appended: true; readonly entry: ChannelEntry }
  | { readonly appended: false; readonly current: ChannelEntry | undefined };

export interface AppendOptions extends IoOptions {
  /** The tip that the draft was judged against; undefined: the channel has no record. */
  readonly expected: ChannelEntry | undefined;
}

export interface ListedChannel {
  readonly image: string;
  readonly channel: string;
  readonly entry: ChannelEntry;
}

export interface ListOptions extends IoOptions {
  /** `host/repository`; only its channels are read. */
  readonly image?: string;
  /** Takes what is wrong with a ref whose record cannot be read or is of another channel; without it that is an error. */
  readonly onFinding?: (finding: LedgerFinding) => void;
}

/**
 * The channels of images. All but `log` and `check` cost the same whether a channel has ten records or ten thousand.
 *
 * @throws WaybillError `RECORD_INVALID` (integrity) for a record that cannot be read, `NAMES_DISAGREE` (integrity) for one
 *   that is of another image or channel than its ref says; the errors of the ref store
 */
export interface Channels {
  /** The newest record; undefined where there is no such channel. */
  tip(image: string, channel: string, options?: IoOptions): Promise<ChannelEntry | undefined>;
  /** What the channel knows of the digest; undefined where it never recorded it. */
  find(image: string, channel: string, digest: Digest, options?: IoOptions): Promise<DigestFacts | undefined>;
  /**
   * Where a rollback goes: the newest record before the first one of the digest that is current, of a digest that the
   * channel was not rolled back from. Undefined where there is none.
   */
  rollbackTarget(image: string, channel: string, options?: IoOptions): Promise<ChannelEntry | undefined>;
  /**
   * Puts a record on top if the tip is still the expected one. `appended: false` is an answer: another was first, and its
   * entry comes back, so that the caller judges again.
   * @throws WaybillError `RECORD_INVALID` (user) for a draft that the schema does not take
   */
  append(image: string, channel: string, draft: ChannelDraft, options: AppendOptions): Promise<AppendResult>;
  /** All records, newest first. */
  log(image: string, channel: string, options?: IoOptions): AsyncIterable<ChannelEntry>;
  /** What is wrong with the chain and its index; nothing where all is well. Never throws for what it is there to find. */
  check(image: string, channel: string, options?: IoOptions): Promise<readonly LedgerFinding[]>;
  /** Every channel of every image, or of one, with its newest record, in no order. */
  list(options?: ListOptions): AsyncIterable<ListedChannel>;
}

/** The records of builds. @throws as {@link Channels} */
export interface Builds {
  /**
   * Records the build, and that its commit has it. `exists`: a record of the same digest stands under this identity, and
   * stays as it is.
   * @throws WaybillError `RECORD_CONFLICT` (integrity) where a record of another digest stands there
   */
  put(record: BuildRecord, options?: IoOptions): Promise<'created' | 'exists'>;
  /** Records that this commit, too, has the build of this identity: it was reused. @throws WaybillError `RECORD_UNKNOWN` (user) */
  link(image: string, identity: string, commit: CommitId, options?: IoOptions): Promise<'created' | 'exists'>;
  get(image: string, identity: string, options?: IoOptions): Promise<BuildRecord | undefined>;
  /** The builds that this commit has, reused ones too. Several are a choice that the caller must not make for its user. */
  byCommit(image: string, commit: CommitId, options?: IoOptions): Promise<readonly BuildRecord[]>;
  /** Every build of the image, by identity. */
  list(image: string, options?: IoOptions): Promise<readonly BuildRecord[]>;
  /** The builds that gave this digest. */
  byDigest(image: string, digest: Digest, options?: IoOptions): Promise<readonly BuildRecord[]>;
  /** One of them, whichever is found first: a look at the index and one at the record. */
  findByDigest(image: string, digest: Digest, options?: IoOptions): Promise<BuildRecord | undefined>;
}

/** The records that everyone can fetch and check. */
export interface Ledger {
  readonly channels: Channels;
  readonly builds: Builds;
  /**
   * Returns where records may be written, as far as can be known without writing one.
   * @throws WaybillError `LEDGER_DENIED` (user)
   */
  assertWritable(options?: IoOptions): Promise<void>;
}
