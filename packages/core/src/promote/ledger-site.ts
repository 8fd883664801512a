import { type Channel, channelOf, channelsOf } from '../config/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { CONFIG_DEFAULT, type ReadConfig, showConfigPlace } from '../repository/index.ts';
import type { Ancestry } from './deps.ts';

/** The repository that keeps the ledger, the history of the sources, and the configuration. */
export interface LedgerSite {
  readonly ledger: Ledger;
  readonly ancestry: Ancestry;
  /** The configuration; undefined where there is none: then the built-in channels count. */
  readonly config: ReadConfig | undefined;
  /** Where it stands, or would, for people. Without a word in the default branch of the ledger's repository. */
  readonly configShown?: string;
  /** As a person would write it, without credentials. */
  readonly shown: string;
}

/** The channel of this image. @throws WaybillError `CHANNEL_UNKNOWN` (user), which lists those that there are */
export function findChannel({ config, shown, configShown }: LedgerSite, image: string, name: string): Channel {
  const channel = channelOf(config?.config, image, name);
  if (channel !== undefined) return channel;
  const known = channelsOf(config?.config, image).map((each) => each.name);
  const place = configShown ?? showConfigPlace(CONFIG_DEFAULT, shown);
  throw new WaybillError('CHANNEL_UNKNOWN', `${image} has no channel ${JSON.stringify(name)}`, {
    kind: 'user',
    hint: `Known are ${known.join(', ') || 'none'} (${config === undefined ? 'there is no ' : ''}${place}). A tag is written as HOST/REPOSITORY:TAG.`,
  });
}

/**
 * The channel's own word for where its digests come from, narrowed to one of them.
 * @throws WaybillError `FROM_UNKNOWN` (user) where the channel does not take from it
 */
export function checkVia(
  site: LedgerSite,
  image: string,
  channel: Channel,
  via: string | undefined,
): string | undefined {
  if (via === undefined) return undefined;
  findChannel(site, image, via);
  if (channel.from.length === 0 || channel.from.includes(via)) return via;
  throw new WaybillError('FROM_UNKNOWN', `${channel.name} does not take from ${via}`, {
    kind: 'user',
    hint: `It takes from ${channel.from.join(', ')}.`,
  });
}
