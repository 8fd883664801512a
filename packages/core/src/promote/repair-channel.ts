import { errorCode } from '../errors/index.ts';
import type { ChannelRecord } from '../ledger/index.ts';
import { parseReference } from '../oci/index.ts';
import type { StatusOptions } from './channel-status.ts';
import type { ChannelDeps, Place } from './deps.ts';
import { channelOutcome, type PromotionOutcome } from './outcome.ts';
import { chainRule, readAllWitnesses } from './rules/chain-rule.ts';
import { settleTip } from './settle-tip.ts';
import { openSides } from './sides.ts';

export interface RepairRequest extends StatusOptions {
  /**
   * Whether what is attached at the source is carried over: a promotion may have been told to leave it there. Undefined:
   * with a copy that is made anew, and else not.
   */
  readonly referrers: 'all' | 'none' | undefined;
  /** Whether a statement that is missing is attached. */
  readonly statement: boolean;
  readonly dryRun: boolean;
}

/**
 * Makes the registry say what the ledger says: a digest that lost parts is copied again from where it came, a missing
 * statement attached, the tag moved. The ledger is never changed: where the registry knows of a record that the ledger
 * lacks, nothing is done, because the ledger is what is wrong then. Undefined where the channel has no record.
 * @throws WaybillError as `promoteToChannel` does
 */
export async function repairChannel(
  { image, channel, referrers, statement, dryRun }: RepairRequest,
  deps: ChannelDeps,
): Promise<PromotionOutcome | undefined> {
  const { ledger, signal } = deps;
  const io = signal === undefined ? {} : { signal };
  for (;;) {
    const tip = await ledger.channels.tip(image, channel.name, io);
    const place = parseReference(channel.image);
    const source = tip === undefined ? place : cameFrom(tip.record, place);
    const sides = openSides(source, place, deps);
    const witnesses = await readAllWitnesses(sides.target, { image, channel: channel.name }, tip, io);
    const chain = chainRule(channel.name, tip, witnesses);
    if (chain.verdict === 'failed') {
      const now = await ledger.channels.tip(image, channel.name, io);
      if (now?.recordDigest !== tip?.recordDigest) continue;
    }
    if (tip === undefined && chain.verdict !== 'failed') return undefined;
    const digest = tip?.record.digest ?? (typeof witnesses.next === 'object' ? witnesses.next.digest : undefined);
    if (digest === undefined) return undefined;
    if (chain.verdict === 'failed' || tip === undefined) {
      return {
        ...channelOutcome({
          kind: 'promotion',
          result: 'refused',
          channel,
          digest,
          previousDigest: tip?.record.digest,
          rules: [chain],
        }),
        entry: tip,
      };
    }
    const isWitnessed = typeof witnesses.current === 'object';
    const request = { image, channel, source, digest, referrers, statement, dryRun, check: true } as const;
    return settleTip({ ...request, sides, tip, rules: [chain], isWitnessed }, deps);
  }
}

/** Where the record says that the digest came from. */
function cameFrom({ from }: ChannelRecord, fallback: Place): Place {
  if (from === undefined) return fallback;
  try {
    const { host, repository } = parseReference(from.reference);
    return { host, repository };
  } catch (error) {
    if (errorCode(error) !== 'REFERENCE_INVALID') throw error;
    return fallback;
  }
}
