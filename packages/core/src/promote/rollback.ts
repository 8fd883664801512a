import type { Channel } from '../config/index.ts';
import { WaybillError } from '../errors/index.ts';
import { assertFiling } from '../intoto/index.ts';
import type { ChannelEntry, RecordedConfig } from '../ledger/index.ts';
import { type Digest, parseReference } from '../oci/index.ts';
import type { ChannelDeps } from './deps.ts';
import { draftRecord } from './draft.ts';
import { inspect } from './inspect.ts';
import { judge } from './judge.ts';
import { channelOutcome, NOT_FILED, type PromotionOutcome } from './outcome.ts';
import { publishEntry } from './publish-entry.ts';
import { chainRule, readWitnesses } from './rules/chain-rule.ts';
import { allows, type RuleVerdict } from './rules/verdict.ts';
import { settleTip } from './settle-tip.ts';
import { assertWritable, openSides } from './sides.ts';
import { confirmTip } from './statement/confirm-tip.ts';
import { fileEntry } from './statement/file-entry.ts';

export interface RollbackRequest {
  /** `host/repository` whose channel it is. */
  readonly image: string;
  readonly channel: Channel;
  /** Rolled back only if the channel has this digest now: so a repeated run goes back once. */
  readonly current: Digest | undefined;
  readonly config: RecordedConfig | undefined;
  readonly statement: boolean;
  readonly dryRun: boolean;
}

/**
 * Takes a channel back to the newest record before the first one of the digest that it has now, never to a digest that it
 * was rolled back from. Today's rules hold for where it goes, except that it may go backwards. The digest is where the
 * channel publishes already: nothing is copied. Where another run was first, nothing is written: what it did may be this
 * very rollback.
 *
 * @throws WaybillError `ROLLBACK_NOTHING` (user) where there is nothing to go back to, `ROLLBACK_OVERTAKEN` (user),
 *   and those of {@link promoteToChannel}
 */
export async function rollback(request: RollbackRequest, deps: ChannelDeps): Promise<PromotionOutcome> {
  const { image, channel, current, dryRun, statement } = request;
  const { ledger, signal } = deps;
  const io = signal === undefined ? {} : { signal };
  const place = parseReference(channel.image);
  const sides = openSides(place, place, deps);
  const { target } = sides;
  const tip = await ledger.channels.tip(image, channel.name, io);
  if (tip === undefined) throw nothing(`${channel.name} of ${image} has no record`);
  const witnesses = await readWitnesses(target, { image, channel: channel.name }, tip, io);
  const chain = chainRule(channel.name, tip, witnesses);
  if (chain.verdict === 'failed') {
    const newest = await ledger.channels.tip(image, channel.name, io);
    if (newest?.recordDigest !== tip.recordDigest) throw overtaken(newest);
    return outcome(tip.record.digest, 'refused', [chain]);
  }
  if (current !== undefined && tip.record.digest !== current) {
    if (!(await isRolledBackFrom(tip, current))) throw overtaken(tip);
    const settled = {
      image,
      channel,
      source: place,
      digest: tip.record.digest,
      referrers: 'none',
      statement,
      dryRun,
    } as const;
    const isWitnessed = typeof witnesses.current === 'object';
    return { ...(await settleTip({ ...settled, sides, tip, rules: [chain], isWitnessed }, deps)), kind: 'rollback' };
  }
  const goal = await ledger.channels.rollbackTarget(image, channel.name, io);
  if (goal === undefined)
    throw nothing(
      `${channel.name} of ${image} had nothing before ${tip.record.digest} that it was not rolled back from`,
    );
  const { digest } = goal.record;

  const found = await inspect({
    registry: target,
    digest,
    layers: 'exist',
    image,
    commit: undefined,
    evidence: channel.evidence,
    through: [],
    ledger,
    ...io,
  });
  // What was built from what stands in the record that it goes back to.
  const recorded = [
    ...new Set([...found.commits.recorded, ...(goal.record.commit === undefined ? [] : [goal.record.commit])]),
  ];
  const candidate = { ...found, build: goal.record, commits: { ...found.commits, recorded } };
  const now = target.time();
  const asked = { image, channel, via: undefined, digest, candidate, allowDiverged: false, now, ...io };
  const rules = [...(await judge(asked, undefined, deps)).filter(({ rule }) => rule !== 'ancestry'), chain];
  if (!allows(rules)) return outcome(digest, 'refused', rules);
  const draft = draftRecord({
    ...request,
    kind: 'rollback',
    digest,
    candidate,
    now,
    from: { reference: `${channel.image}@${digest}`, channel: channel.name },
    run: deps.run,
  });
  if (dryRun) {
    const tagged = (await target.manifests.get({ tag: channel.tag }, io))?.descriptor.digest;
    const record = { ...draft, sequence: tip.record.sequence + 1 };
    return {
      ...outcome(digest, 'planned', rules),
      plan: { copy: undefined, record, tag: { from: tagged, to: digest }, repairs: [] },
    };
  }
  await ledger.assertWritable(io);
  await assertWritable(target, io);
  if (statement && deps.statements !== undefined)
    await assertFiling(deps.statements, { predicate: 'promotion', at: now }, signal);
  if (statement) await confirmTip(target, tip, typeof witnesses.current === 'object', deps);
  const result = await ledger.channels.append(image, channel.name, draft, { ...io, expected: tip });
  if (!result.appended) throw overtaken(result.current);
  await publishEntry({ target, entry: result.entry, tag: channel.tag, statement }, deps);
  const { filed, notFiled } = statement ? await fileEntry(result.entry, deps) : NOT_FILED;
  return { ...outcome(digest, 'promoted', rules), entry: result.entry, filed, notFiled };

  /** Whether the newest record is a rollback from this digest. */
  async function isRolledBackFrom(newest: ChannelEntry, from: Digest): Promise<boolean> {
    if (newest.record.kind !== 'rollback') return false;
    for await (const entry of ledger.channels.log(image, channel.name, io)) {
      if (entry.record.sequence === newest.record.sequence - 1) return entry.record.digest === from;
      if (entry.record.sequence < newest.record.sequence - 1) return false;
    }
    return false;
  }

  function overtaken(newest: ChannelEntry | undefined): WaybillError {
    return new WaybillError(
      'ROLLBACK_OVERTAKEN',
      `${channel.name} of ${image} has ${newest?.record.digest ?? 'nothing'} now, not ${current ?? tip?.record.digest ?? 'what it had'}`,
      {
        kind: 'user',
        hint: 'Another run changed the channel. Look at `waybill channel log`, and roll back again if it is still needed.',
      },
    );
  }

  function outcome(
    digest: Digest,
    result: PromotionOutcome['result'],
    rules: readonly RuleVerdict[],
  ): PromotionOutcome {
    return channelOutcome({ kind: 'rollback', result, channel, digest, previousDigest: tip?.record.digest, rules });
  }
}

function nothing(why: string): WaybillError {
  return new WaybillError('ROLLBACK_NOTHING', `there is nothing to roll back to: ${why}`, {
    kind: 'user',
    hint: 'Look at `waybill channel log`; promote the digest that should be there.',
  });
}
