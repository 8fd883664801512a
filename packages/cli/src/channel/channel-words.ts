import { type Channel, channelOf, channelsOf } from '@waybill/core/config';
import type { ChannelEntry, LedgerFinding } from '@waybill/core/ledger';
import { parseReference } from '@waybill/core/oci';
import { findChannel, type LedgerSite } from '@waybill/core/promote';
import { readPlace } from '../image/index.ts';

/** A channel of an image. */
export interface NamedChannel {
  /** `host/repository`. */
  readonly image: string;
  readonly channel: Channel;
}

/** The channel that two words of a command line name. @throws WaybillError `USAGE`, `CHANNEL_UNKNOWN` (user) */
export function readChannel(verb: string, site: LedgerSite, text: string, name: string): NamedChannel {
  const image = readImage(verb, text);
  return { image, channel: findChannel(site, image, name) };
}

/** The channels that are meant: the one that is named, those of an image, or all that have a record; of refs that cannot be read what is wrong. */
export async function readChannels(
  verb: string,
  site: LedgerSite,
  text: string | undefined,
  name: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly channels: readonly NamedChannel[]; readonly findings: readonly LedgerFinding[] }> {
  if (text !== undefined && name !== undefined)
    return { channels: [readChannel(verb, site, text, name)], findings: [] };
  if (text !== undefined) {
    const image = readImage(verb, text);
    return { channels: channelsOf(site.config?.config, image).map((channel) => ({ image, channel })), findings: [] };
  }
  const all: NamedChannel[] = [];
  const findings: LedgerFinding[] = [];
  const onFinding = (finding: LedgerFinding) => findings.push(finding);
  for await (const { image, channel, entry } of site.ledger.channels.list({ onFinding, signal }))
    all.push({ image, channel: channelOf(site.config?.config, image, channel) ?? asRecorded(entry) });
  const channels = all.sort((a, b) => a.image.localeCompare(b.image) || a.channel.name.localeCompare(b.channel.name));
  return { channels, findings };
}

/** A channel that the configuration no longer has, as its newest record knows it. */
function asRecorded({ record }: ChannelEntry): Channel {
  const { host, repository } = parseReference(record.to.reference);
  const place = { image: `${host}/${repository}`, tag: record.tag };
  return { name: record.channel, from: [], require: 'integrity', soakMs: 0, evidence: [], ...place };
}

function readImage(verb: string, text: string): string {
  const { place } = readPlace(verb, text);
  return `${place.host}/${place.repository}`;
}
