import type { ChannelEntry } from '../ledger/index.ts';
import { planCopy } from '../registry/index.ts';
import { verifyDigest } from '../verify/index.ts';
import type { ChannelRequest } from './channel-request.ts';
import { carryAttached, deliver, notWhole, planAttached } from './deliver.ts';
import type { ChannelDeps } from './deps.ts';
import { integrityRule } from './judge.ts';
import { channelOutcome, type Moved, NOTHING_MOVED, type PromotionOutcome, type Repair } from './outcome.ts';
import { digestLost } from './project-tag.ts';
import { publishEntry } from './publish-entry.ts';
import type { RuleVerdict } from './rules/verdict.ts';
import { imageName, type Sides } from './sides.ts';
import { fileEntry } from './statement/file-entry.ts';

export interface SettleRequest
  extends Omit<ChannelRequest, 'commit' | 'via' | 'config' | 'allowDiverged' | 'referrers'> {
  /** Undefined: what is attached goes along with a copy that is made anew, and else stays where it is. */
  readonly referrers: 'all' | 'none' | undefined;
  readonly sides: Sides;
  /** The channel's newest record; it is of the digest. */
  readonly tip: ChannelEntry;
  readonly rules: readonly RuleVerdict[];
  /** Its statement stands in the registry. */
  readonly isWitnessed: boolean;
  /** Whether it is whole is asked even where tag and statement stand right. */
  readonly check?: boolean;
}

/**
 * The channel has the digest: what an interrupted promotion left undone is done, and what another hand changed in the
 * registry is put right. Where all stands as it should this takes a look at the tag and at the statement, and one at the
 * log of statements where there is one.
 */
export async function settleTip(request: SettleRequest, deps: ChannelDeps): Promise<PromotionOutcome> {
  const { sides, tip, channel, digest, dryRun } = request;
  const { clock, signal, log } = deps;
  const io = signal === undefined ? {} : { signal };
  const { target } = sides;
  const found = (await target.manifests.get({ tag: channel.tag }, io))?.descriptor.digest;
  const repairs: Repair[] = [
    ...(request.statement && !request.isWitnessed ? (['statement'] as const) : []),
    ...(found === digest ? [] : (['tag'] as const)),
  ];
  const unchanged: PromotionOutcome = {
    ...channelOutcome({
      kind: 'promotion',
      result: dryRun ? 'planned' : 'unchanged',
      channel,
      digest,
      previousDigest: digest,
      rules: request.rules,
    }),
    entry: tip,
  };
  const isLookedAt = repairs.length > 0 || request.check === true;
  const there = isLookedAt
    ? await verifyDigest({ registry: target, digest, layers: 'exist', recorded: true, ...io })
    : undefined;
  const broken = there?.verified === 'false' ? there : undefined;
  const referrers = request.referrers ?? (broken === undefined ? 'none' : 'all');
  const what = { digest, referrers };
  if (broken !== undefined) repairs.unshift('copy');
  if (dryRun) {
    const attached = broken === undefined ? await planAttached(sides, what, deps) : undefined;
    if (attached !== undefined) repairs.unshift('attached');
    const copy =
      broken === undefined || sides.source === target
        ? attached
        : await planCopy({ from: sides.source, to: target, root: digest, referrers, clock, ...io });
    const tag = found === digest ? undefined : { from: found, to: digest };
    return { ...unchanged, plan: { copy, record: undefined, tag, repairs } };
  }

  let moved: Moved = NOTHING_MOVED;
  if (broken !== undefined) {
    if (sides.source === target)
      throw broken.mediaType === ''
        ? digestLost(imageName(target), digest)
        : notWhole(imageName(target), digest, broken);
    const delivery = await deliver(sides, what, deps);
    if (!delivery.delivered) {
      const rules = [integrityRule(delivery.verification.findings, false), ...request.rules];
      return { ...unchanged, result: 'refused', rules };
    }
    moved = delivery.moved;
  } else {
    const carried = await carryAttached(sides, what, deps);
    if (carried !== undefined) {
      repairs.unshift('attached');
      moved = carried;
    }
  }
  if (found !== undefined && found !== digest)
    log.warning(`${channel.image}:${channel.tag} was ${found}, and is moved to ${digest}, which the ledger says`);
  const statement = repairs.includes('statement');
  if (statement || repairs.includes('tag'))
    await publishEntry({ target, entry: tip, tag: channel.tag, statement }, deps);
  if (!request.statement) return { ...unchanged, repaired: repairs, moved };
  const { filed, notFiled, isNew } = await fileEntry(tip, deps, true);
  return { ...unchanged, filed, notFiled, repaired: isNew ? [...repairs, 'asset'] : repairs, moved };
}
