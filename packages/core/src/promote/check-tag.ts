import { channelsOf, imageRuleOf } from '../config/index.ts';
import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { formatReference, parseReference, type Reference } from '../oci/index.ts';
import type { LedgerSite } from './ledger-site.ts';
import { imageName } from './sides.ts';

type Tag = Reference & { readonly tag: string };

/**
 * The tag of a channel goes by the channel's rules alone. A channel of the file owns its tag always, whichever image is
 * promoted; a built-in one, of an image of which the file names no channels, once the ledger has a record of it.
 * @param image whose channels are asked besides those of the tag's own repository
 * @throws WaybillError `TAG_OF_CHANNEL` (user)
 */
export async function checkTag(tag: Tag, image: string, site: LedgerSite, io: IoOptions): Promise<void> {
  const place = imageName(tag);
  for (const { pattern, channels } of site.config?.config.images ?? []) {
    for (const [name, rule] of Object.entries(channels ?? {})) {
      if (rule.image === undefined || (rule.tag ?? name) !== tag.tag) continue;
      if (imageName(parseReference(rule.image)) === place) throw ownedBy(tag, name, pattern);
    }
  }
  for (const of of new Set([image, place])) {
    const isBuiltIn = imageRuleOf(site.config?.config, of)?.channels === undefined;
    for (const channel of channelsOf(site.config?.config, of)) {
      if (channel.image !== place || channel.tag !== tag.tag) continue;
      if (isBuiltIn && (await site.ledger.channels.tip(of, channel.name, io)) === undefined) continue;
      throw ownedBy(tag, channel.name, of);
    }
  }
}

function ownedBy(tag: Tag, channel: string, image: string): WaybillError {
  return new WaybillError(
    'TAG_OF_CHANNEL',
    `${formatReference(tag)} is the tag of the channel ${channel} of ${image}`,
    { kind: 'user', hint: `Promote to ${channel}: the tag follows.` },
  );
}
