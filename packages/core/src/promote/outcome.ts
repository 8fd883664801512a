import type { Channel } from '../config/index.ts';
import type { WaybillError } from '../errors/index.ts';
import type { StatementAddress } from '../intoto/index.ts';
import type { ChannelDraft, ChannelEntry } from '../ledger/index.ts';
import type { Descriptor, Digest } from '../oci/index.ts';
import type { CopyPlan } from '../registry/index.ts';
import type { RuleVerdict } from './rules/verdict.ts';

/**
 * What was not as it should be, and is again. `attached`: something was attached at the source since; `asset`: the statement
 * was not filed.
 */
export type Repair = 'copy' | 'attached' | 'statement' | 'tag' | 'asset';

/** Bytes of blobs on their way to the target. */
export interface Moved {
  /** Taken over within the registry, without a byte on the wire. */
  readonly mountedBlobs: number;
  readonly mountedBytes: number;
  readonly copiedBlobs: number;
  readonly copiedBytes: number;
  /** What is attached at the target and was at the source. */
  readonly referrers: readonly Descriptor[];
}

export const NOTHING_MOVED: Moved = {
  mountedBlobs: 0,
  mountedBytes: 0,
  copiedBlobs: 0,
  copiedBytes: 0,
  referrers: [],
};

/** Of an outcome that has no statement to file. */
export const NOT_FILED = { filed: undefined, notFiled: undefined };

/** What a promotion would do. */
export interface PromotionPlan {
  /** Undefined where source and target are one repository. */
  readonly copy: CopyPlan | undefined;
  /** The record that would be written; undefined where none would. */
  readonly record: (ChannelDraft & { readonly sequence: number }) | undefined;
  /** The tag that would move, where it points now and where it would; undefined where it stands right. */
  readonly tag: { readonly from: Digest | undefined; readonly to: Digest } | undefined;
  readonly repairs: readonly Repair[];
}

/** What came of one promotion or rollback to one target. */
export interface PromotionOutcome {
  readonly kind: 'promotion' | 'rollback';
  /**
   * `unchanged`: the target had it already. `refused`: a rule forbids it, nothing was written. `planned`: nothing was
   * written, because nothing should be.
   */
  readonly result: 'promoted' | 'unchanged' | 'refused' | 'planned';
  /** Undefined for a plain tag. */
  readonly channel: string | undefined;
  /** `host/repository:tag`. */
  readonly tag: string;
  readonly digest: Digest;
  /** What the channel, or the tag, had before; undefined where it had nothing. */
  readonly previousDigest: Digest | undefined;
  readonly rules: readonly RuleVerdict[];
  /** The record: the new one, or the one that stood already. Undefined for a plain tag. */
  readonly entry: ChannelEntry | undefined;
  /** Where the record's statement is filed; undefined where it is not, or nobody asked. */
  readonly filed: StatementAddress | undefined;
  /** Why it is not, where it has to be. What was promoted is promoted. */
  readonly notFiled: WaybillError | undefined;
  readonly repaired: readonly Repair[];
  readonly moved: Moved;
  readonly plan: PromotionPlan | undefined;
}

type BareFacts = Pick<PromotionOutcome, 'kind' | 'result' | 'channel' | 'tag' | 'digest' | 'previousDigest' | 'rules'>;

/** An outcome where nothing was written, or nothing yet. */
export function bareOutcome(facts: BareFacts): PromotionOutcome {
  return { ...facts, entry: undefined, ...NOT_FILED, repaired: [], moved: NOTHING_MOVED, plan: undefined };
}

/** The same for a channel. */
export function channelOutcome({
  channel,
  ...facts
}: Omit<BareFacts, 'channel' | 'tag'> & { readonly channel: Channel }): PromotionOutcome {
  return bareOutcome({ ...facts, channel: channel.name, tag: `${channel.image}:${channel.tag}` });
}
