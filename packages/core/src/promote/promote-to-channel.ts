import { WaybillError } from '../errors/index.ts';
import { assertFiling } from '../intoto/index.ts';
import type { ChannelEntry } from '../ledger/index.ts';
import { parseReference } from '../oci/index.ts';
import { type CopyPlan, planCopy } from '../registry/index.ts';
import type { ChannelRequest } from './channel-request.ts';
import { type Delivery, deliver } from './deliver.ts';
import type { ChannelDeps } from './deps.ts';
import { draftRecord } from './draft.ts';
import { type Candidate, inspect } from './inspect.ts';
import { integrityRule, judge, sourcesOf } from './judge.ts';
import { channelOutcome, NOT_FILED, type PromotionOutcome } from './outcome.ts';
import { publishEntry } from './publish-entry.ts';
import { chainRule, readWitnesses } from './rules/chain-rule.ts';
import { allows, type RuleVerdict } from './rules/verdict.ts';
import { settleTip } from './settle-tip.ts';
import { imageName, openSides, type Sides } from './sides.ts';
import { confirmTip } from './statement/confirm-tip.ts';
import { fileEntry } from './statement/file-entry.ts';

/** How often another promotion may be first. */
const MAX_ROUNDS = 100;

/**
 * Promotes a digest to a channel: verifies it where it is, asks every rule, copies it with what is attached to it, verifies
 * it where it went, records it, attaches the statement, moves the tag, reads it back. Whatever is interrupted is taken up by
 * the next promotion of the digest, or superseded by that of another; the tag never points at what is not whole, nor at what
 * the ledger does not have. Where another promotion was first, the digest is judged again by what the channel has then.
 *
 * @throws WaybillError `TARGET_NOT_WHOLE`, `DIGEST_LOST`, `LEDGER_CUT` (integrity), `LEDGER_DENIED` (user),
 *   `TAG_NOT_MOVED`, `LEDGER_CONTENDED` (remote), `RECORDS_NOT_FILED` where it is known before anything moved that the
 *   statement cannot be filed and has to be, and those of registry and ledger
 */
export async function promoteToChannel(request: ChannelRequest, deps: ChannelDeps): Promise<PromotionOutcome> {
  const { image, channel, digest, dryRun } = request;
  const { ledger, log, signal } = deps;
  const io = signal === undefined ? {} : { signal };
  const sides = openSides(request.source, parseReference(channel.image), deps);
  let candidate: Candidate | undefined;
  let delivery: Extract<Delivery, { delivered: true }> | undefined;

  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const tip = await ledger.channels.tip(image, channel.name, io);
    const witnesses = await readWitnesses(sides.target, { image, channel: channel.name }, tip, io);
    const chain = chainRule(channel.name, tip, witnesses);
    // What the registry says of a record that the ledger lacks may be of one that was written since.
    if (chain.verdict === 'failed' && (await hasMoved(tip))) continue;
    if (tip?.record.digest === digest) {
      if (chain.verdict === 'failed') return outcome('refused', [chain], tip);
      const isWitnessed = typeof witnesses.current === 'object';
      return settleTip({ ...request, sides, tip, rules: [chain], isWitnessed }, deps);
    }

    candidate ??= await inspect({
      registry: sides.source,
      digest,
      // What is copied is proven by the copy.
      layers: sides.source === sides.target || dryRun ? 'exist' : 'manifest',
      image,
      commit: request.commit,
      evidence: channel.evidence,
      through: sourcesOf(request),
      ledger,
      ...io,
    });
    const now = sides.target.time();
    const rules = [...(await judge({ ...request, candidate, now, ...io }, tip, deps)), chain];
    if (!allows(rules)) return outcome('refused', rules, tip);
    const draft = draftRecord({
      ...request,
      kind: 'promotion',
      candidate,
      now,
      from: {
        reference: `${imageName(request.source)}@${digest}`,
        ...(request.via === undefined ? {} : { channel: request.via }),
      },
      run: deps.run,
    });
    if (dryRun) {
      return {
        ...outcome('planned', rules, tip),
        plan: {
          copy: await plannedCopy(sides),
          record: { ...draft, sequence: (tip?.record.sequence ?? 0) + 1 },
          tag: { from: (await sides.target.manifests.get({ tag: channel.tag }, io))?.descriptor.digest, to: digest },
          repairs: [],
        },
      };
    }

    if (delivery === undefined) {
      await ledger.assertWritable(io);
      if (request.statement && deps.statements !== undefined)
        await assertFiling(deps.statements, { predicate: 'promotion', at: now }, signal);
      const made = await deliver(sides, request, deps);
      if (!made.delivered)
        return outcome('refused', [integrityRule(made.verification.findings, false), ...rules.slice(1)], tip);
      delivery = made;
    }
    if (request.statement) await confirmTip(sides.target, tip, typeof witnesses.current === 'object', deps);
    const result = await ledger.channels.append(image, channel.name, draft, { ...io, expected: tip });
    if (!result.appended) {
      log.info(`${channel.name} was promoted by another run meanwhile; it is judged again`);
      continue;
    }
    const { entry } = result;
    await publishEntry({ target: sides.target, entry, tag: channel.tag, statement: request.statement }, deps);
    const { filed, notFiled } = request.statement ? await fileEntry(entry, deps) : NOT_FILED;
    return { ...outcome('promoted', rules, tip), entry, filed, notFiled, moved: delivery.moved };
  }
  throw new WaybillError('LEDGER_CONTENDED', `${channel.name} of ${image}: others were first ${MAX_ROUNDS} times`, {
    kind: 'remote',
    hint: 'Put the promotions of one channel into one concurrency group.',
  });

  async function hasMoved(tip: ChannelEntry | undefined): Promise<boolean> {
    const now = await ledger.channels.tip(image, channel.name, io);
    return now?.recordDigest !== tip?.recordDigest;
  }

  async function plannedCopy({ source, target }: Sides): Promise<CopyPlan | undefined> {
    if (source === target) return undefined;
    const { clock } = deps;
    return planCopy({ from: source, to: target, root: digest, referrers: request.referrers, clock, ...io });
  }

  function outcome(
    result: PromotionOutcome['result'],
    rules: readonly RuleVerdict[],
    tip: ChannelEntry | undefined,
  ): PromotionOutcome {
    return channelOutcome({ kind: 'promotion', result, channel, digest, previousDigest: tip?.record.digest, rules });
  }
}
