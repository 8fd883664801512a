import type { Channel } from '../config/index.ts';
import type { IoOptions } from '../content/index.ts';
import type { ChannelEntry } from '../ledger/index.ts';
import { type Digest, parseReference } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';
import { type Finding, verifyDigest } from '../verify/index.ts';
import type { ChannelDeps } from './deps.ts';
import { type ChainWitnesses, chainRule, readAllWitnesses } from './rules/chain-rule.ts';
import { openSides } from './sides.ts';
import { promotionTag } from './statement/promotion-tag.ts';

export interface StatusOptions {
  /** `host/repository` whose channel it is. */
  readonly image: string;
  readonly channel: Channel;
}

/** What ledger and registry say of a channel, and what of it does not fit together. */
export interface ChannelStatus {
  readonly image: string;
  readonly channel: string;
  /** `host/repository:tag`. */
  readonly tag: string;
  /** The ledger's newest record. */
  readonly entry: ChannelEntry | undefined;
  /** What the tag points at. */
  readonly tagged: Digest | undefined;
  /**
   * `tag-missing`, `tag-behind` (a promotion was interrupted), `tag-moved` (another hand), `not-recorded`, `lost` and what
   * else the verification finds, `tail-cut`, `chain-rewritten`, `statement-missing`, `statement-unreadable`.
   */
  readonly findings: readonly Finding[];
}

/**
 * Looks; writes nothing. Of the ledger it reads as much however long the channel's history is, of the registry the list of
 * the repository's tags besides.
 */
export async function channelStatus(options: StatusOptions, deps: ChannelDeps): Promise<ChannelStatus> {
  const { image, channel } = options;
  const { ledger, signal } = deps;
  const io = signal === undefined ? {} : { signal };
  const place = parseReference(channel.image);
  const { target } = openSides(place, place, deps);
  for (;;) {
    const entry = await ledger.channels.tip(image, channel.name, io);
    const [tagged, witnesses] = await Promise.all([
      target.manifests.get({ tag: channel.tag }, io).then((found) => found?.descriptor.digest),
      readAllWitnesses(target, { image, channel: channel.name }, entry, io),
    ]);
    const findings = [
      ...chainFindings(channel, entry, witnesses, image),
      ...(await tagFindings(entry, tagged)),
      ...(entry === undefined ? [] : await contentFindings(target, entry, io)),
    ];
    // A promotion that ends while this looks is no drift.
    const now = findings.length === 0 ? entry : await ledger.channels.tip(image, channel.name, io);
    if (now?.recordDigest === entry?.recordDigest)
      return { image, channel: channel.name, tag: `${channel.image}:${channel.tag}`, entry, tagged, findings };
  }

  async function tagFindings(entry: ChannelEntry | undefined, tagged: Digest | undefined): Promise<readonly Finding[]> {
    const subject = `${channel.image}:${channel.tag}`;
    if (entry === undefined) {
      if (tagged === undefined) return [];
      return [
        {
          code: 'not-recorded',
          level: 'warning',
          subject,
          found: tagged,
          message: `the tag is there, and the ledger knows nothing of ${channel.name}`,
          hint: 'Promote what it should have; the tag follows.',
        },
      ];
    }
    const { digest } = entry.record;
    if (tagged === digest) return [];
    const repair = 'Run `waybill channel repair`, or promote again; the tag follows the ledger.';
    const base = { level: 'error', subject, expected: digest, hint: repair } as const;
    if (tagged === undefined) return [{ ...base, code: 'tag-missing', message: 'the tag is not there' }];
    const before = await entryBefore(entry);
    return [
      before?.record.digest === tagged
        ? {
            ...base,
            code: 'tag-behind',
            found: tagged,
            message:
              'the tag is still where it was before the last record: its promotion did not end, or runs right now',
          }
        : { ...base, code: 'tag-moved', found: tagged, message: 'the tag was moved by another hand' },
    ];
  }

  async function entryBefore({ record }: ChannelEntry): Promise<ChannelEntry | undefined> {
    for await (const entry of ledger.channels.log(image, channel.name, io)) {
      if (entry.record.sequence < record.sequence) return entry;
    }
    return undefined;
  }
}

/** What is wrong with the recorded digest where the channel publishes it; that it has no evidence and the like is no drift. */
async function contentFindings(target: Registry, { record }: ChannelEntry, io: IoOptions): Promise<readonly Finding[]> {
  const { digest } = record;
  const { findings } = await verifyDigest({ registry: target, digest, layers: 'exist', recorded: true, ...io });
  return findings.filter(({ level }) => level !== 'note');
}

function chainFindings(
  { name }: Channel,
  entry: ChannelEntry | undefined,
  witnesses: ChainWitnesses,
  image: string,
): readonly Finding[] {
  const rule = chainRule(name, entry, witnesses);
  const sequence = entry?.record.sequence ?? 0;
  const { current, next } = witnesses;
  if (rule.verdict === 'failed') {
    const claim = typeof next === 'object' ? next : typeof current === 'object' ? current : undefined;
    return [
      {
        code: rule.code ?? 'tail-cut',
        level: 'error',
        subject: `record ${claim?.sequence ?? sequence}`,
        message: rule.message,
        ...(claim === undefined ? {} : { expected: claim.recordDigest }),
        ...(typeof next === 'object' || entry === undefined ? {} : { found: entry.recordDigest }),
        ...(rule.hint === undefined ? {} : { hint: rule.hint }),
      },
    ];
  }
  if (entry === undefined || typeof current === 'object') return [];
  return [
    {
      code: current === 'none' ? 'statement-missing' : 'statement-unreadable',
      level: 'warning',
      subject: promotionTag(image, name, sequence),
      message:
        current === 'none'
          ? `no statement in the registry confirms record ${sequence}`
          : `what stands under this tag is no statement of record ${sequence}`,
      hint: 'Run `waybill channel repair`, which attaches it.',
    },
  ];
}
