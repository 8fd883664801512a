import { imageRuleOf } from '../config/index.ts';
import type { IoOptions } from '../content/index.ts';
import { errorCode, errorMessage } from '../errors/index.ts';
import { type Digest, formatReference, type Reference } from '../oci/index.ts';
import { resolveImage } from '../verify/index.ts';
import { checkTag } from './check-tag.ts';
import type { Place, PromoteDeps, RunFacts } from './deps.ts';
import { checkVia, findChannel, type LedgerSite } from './ledger-site.ts';
import type { PromotionOutcome } from './outcome.ts';
import { promoteToChannel } from './promote-to-channel.ts';
import { promoteToTag } from './promote-to-tag.ts';
import { rollback } from './rollback.ts';
import { imageName } from './sides.ts';
import type { Target } from './target.ts';
import { tellDeployment } from './tell-deployment.ts';

/** The image to promote. */
export type Source = { readonly place: Place } & (
  | { readonly kind: 'digest'; readonly digest: Digest; readonly commit: string | undefined }
  /** The digest is the one that was recorded for it. */
  | { readonly kind: 'commit'; readonly commit: string }
);

export interface PromoteRequest {
  readonly source: Source;
  /** One after another; the first one that is refused is the last one. */
  readonly to: readonly Target[];
  /** A channel that must have brought the digest. */
  readonly via: string | undefined;
  readonly referrers: 'all' | 'none';
  readonly statement: boolean;
  readonly allowDiverged: boolean;
  readonly dryRun: boolean;
}

/** What promotions work with; the ledger is opened where it is needed. */
export interface PromotionSite extends PromoteDeps {
  readonly openLedger: (io: IoOptions) => Promise<LedgerSite>;
  readonly run: RunFacts;
}

/**
 * Promotes a digest to channels and tags, one after another: an outcome each, up to the first that a rule refuses, or whose
 * statement is not filed and has to be. Each is told as soon as it is known.
 * @throws WaybillError `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS`, `CHANNEL_UNKNOWN`, `FROM_UNKNOWN`, `TAG_OF_CHANNEL` (user), and
 *   what keeps the ledger and its configuration from being read, before anything is written; then as {@link promoteToChannel} and {@link promoteToTag}
 */
export async function* promote(request: PromoteRequest, site: PromotionSite): AsyncGenerator<PromotionOutcome> {
  const { source, to, via, dryRun, referrers } = request;
  const io = site.signal === undefined ? {} : { signal: site.signal };
  const image = imageName(source.place);
  let opened: Promise<LedgerSite> | undefined;
  const ledgerSite = () => (opened ??= site.openLedger(io));

  const channels = new Map<string, Awaited<ReturnType<typeof channelNamed>>>();
  for (const target of to) if (target.kind === 'channel') channels.set(target.name, await channelNamed(target.name));
  for (const target of to) if (target.kind === 'tag') await assertFree(target.to);
  const digest =
    source.kind === 'digest' ? source.digest : await byCommit(source.place, source.commit, await ledgerSite(), site);

  for (const target of to) {
    const outcome = await promoteTo(target);
    yield outcome;
    await tellDeployment(outcome, site);
    if (outcome.result === 'refused' || outcome.notFiled !== undefined) return;
  }

  async function channelNamed(name: string) {
    const opening = await ledgerSite();
    const channel = findChannel(opening, image, name);
    return { channel, via: checkVia(opening, image, channel, via) };
  }

  async function promoteTo(target: Target): Promise<PromotionOutcome> {
    if (target.kind === 'tag')
      return promoteToTag({ source: source.place, digest, to: target.to, referrers, dryRun }, site);
    const { ledger, ancestry, config } = await ledgerSite();
    const known = channels.get(target.name) ?? (await channelNamed(target.name));
    return promoteToChannel(
      { ...request, ...known, source: source.place, digest, commit: source.commit, image, config: config?.recorded },
      { ...site, ledger, ancestry },
    );
  }

  /** Where there is no ledger no channel has a tag; where it cannot be asked, whose the tag is is not known. */
  async function assertFree(tag: Reference & { readonly tag: string }): Promise<void> {
    let known: LedgerSite;
    try {
      known = await ledgerSite();
    } catch (error) {
      opened = undefined;
      if (errorCode(error) !== 'LEDGER_MISSING') throw error;
      site.log.info(`no channel has ${formatReference(tag)}: ${errorMessage(error)}`);
      return;
    }
    await checkTag(tag, image, known, io);
  }
}

/** The digest that was recorded for the commit. @throws WaybillError `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS` (user), `RECORD_REF_MISMATCH` (integrity) */
async function byCommit(
  place: Place,
  commit: string,
  { ledger, config }: Pick<LedgerSite, 'ledger' | 'config'>,
  { openRegistry, run: { ref }, signal }: PromotionSite,
): Promise<Digest> {
  const registry = openRegistry(place, 'pull');
  const io = signal === undefined ? {} : { signal };
  const takesPullRequests = async () => imageRuleOf(config?.config, imageName(place))?.adopt === 'any';
  const found = await resolveImage(
    { kind: 'commit', place, commit },
    { registry, builds: async () => ledger.builds, ref, takesPullRequests, ...io },
  );
  return found.digest;
}

export interface RollbackOrder {
  readonly image: Place;
  readonly channel: string;
  /** Rolled back only if the channel has this now. */
  readonly current: { readonly digest: Digest } | { readonly commit: string } | undefined;
  readonly statement: boolean;
  readonly dryRun: boolean;
}

/** Rolls a channel of an image back. @throws as {@link rollback}, and `CHANNEL_UNKNOWN` (user) */
export async function rollbackChannel(order: RollbackOrder, site: PromotionSite): Promise<PromotionOutcome> {
  const io = site.signal === undefined ? {} : { signal: site.signal };
  const opened = await site.openLedger(io);
  const { ledger, ancestry, config } = opened;
  const image = imageName(order.image);
  const channel = findChannel(opened, image, order.channel);
  const { current, statement, dryRun } = order;
  const digest =
    current === undefined
      ? undefined
      : 'digest' in current
        ? current.digest
        : await byCommit(order.image, current.commit, { ledger, config }, site);
  const outcome = await rollback(
    { image, channel, current: digest, config: config?.recorded, statement, dryRun },
    { ...site, ledger, ancestry },
  );
  await tellDeployment(outcome, site);
  return outcome;
}
