import type { IoOptions } from '../../content/index.ts';
import type { ChannelEntry } from '../../ledger/index.ts';
import type { Registry } from '../../registry/index.ts';
import { type PromotionClaim, readStatement } from '../statement/attach-statement.ts';
import { findStatementPast } from '../statement/list-statements.ts';
import type { RuleVerdict } from './verdict.ts';

/** The statements in the registry that stand where a channel's newest record does, and right after it. */
export interface ChainWitnesses {
  /** Of the newest record; `none` as well where the channel is empty. */
  readonly current: PromotionClaim | 'none' | 'unreadable';
  /** Of a record that the ledger does not have. */
  readonly next: PromotionClaim | 'none' | 'unreadable';
}

/** Asks the registry that the channel publishes to: two or three requests. */
export async function readWitnesses(
  registry: Registry,
  of: { readonly image: string; readonly channel: string },
  tip: ChannelEntry | undefined,
  io: IoOptions,
): Promise<ChainWitnesses> {
  const sequence = tip?.record.sequence ?? 0;
  const [current, next] = await Promise.all([
    tip === undefined ? ('none' as const) : readStatement(registry, { ...of, sequence }, io),
    readStatement(registry, { ...of, sequence: sequence + 1 }, io),
  ]);
  return { current, next };
}

/**
 * As {@link readWitnesses}, and where nothing stands right after the newest record, whatever stands further on: where records
 * had no statement. It costs a request for each page of the repository's tags.
 */
export async function readAllWitnesses(
  registry: Registry,
  of: { readonly image: string; readonly channel: string },
  tip: ChannelEntry | undefined,
  io: IoOptions,
): Promise<ChainWitnesses> {
  const { current, next } = await readWitnesses(registry, of, tip, io);
  if (typeof next === 'object') return { current, next };
  const past = await findStatementPast(registry, { ...of, sequence: tip?.record.sequence ?? 0 }, io);
  return { current, next: past ?? next };
}

/**
 * The ledger has all records that were ever made of this channel, as far as the registry knows. A statement is attached
 * once its record stands in the ledger, so a statement of a record that the ledger lacks shows that the ledger was cut.
 */
export function chainRule(
  channel: string,
  tip: ChannelEntry | undefined,
  { current, next }: ChainWitnesses,
): RuleVerdict {
  const rule = 'chain';
  if (typeof next === 'object') {
    return {
      rule,
      verdict: 'failed',
      code: 'tail-cut',
      message: `the ledger of ${channel} ends with record ${tip?.record.sequence ?? 0}, and a statement in the registry says that record ${next.sequence} promoted ${next.digest}`,
      hint: `Somebody moved the ledger's ref back. Whoever still has commit ${next.ledgerCommit} can push it again.`,
    };
  }
  if (typeof current === 'object' && tip !== undefined && current.recordDigest !== tip.recordDigest) {
    return {
      rule,
      verdict: 'failed',
      code: 'chain-rewritten',
      message: `record ${tip.record.sequence} of ${channel} is ${tip.recordDigest}, and the statement in the registry is of ${current.recordDigest}`,
      hint: `The ledger was written anew. Whoever still has commit ${current.ledgerCommit} has the record that was there.`,
    };
  }
  if (tip === undefined) return { rule, verdict: 'none', message: `${channel} has no record yet` };
  return {
    rule,
    verdict: 'passed',
    message:
      typeof current === 'object'
        ? `record ${tip.record.sequence} is the last, as the statement in the registry says`
        : `record ${tip.record.sequence} is the last; no statement in the registry confirms it`,
  };
}
