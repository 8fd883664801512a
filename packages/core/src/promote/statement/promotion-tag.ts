import { escapeKey, hashFields } from '../../content/index.ts';

/** Characters of an escaped channel's name that a tag keeps. */
const KEPT = 80;

/**
 * The tag under which the statement of the n-th promotion of a channel stands beside the image:
 * `waybill.<channel, escaped>.<8 hex of sha256 over the netstrings of image and channel>.<n>`. So that whether a promotion
 * past the ledger's last one was ever made is known by one look.
 */
export function promotionTag(image: string, channel: string, sequence: number): string {
  return `${prefixOf(image, channel)}${sequence}`;
}

/** The number of the promotion whose statement stands under this tag; undefined for every other tag. */
export function promotionSequence(image: string, channel: string, tag: string): number | undefined {
  const prefix = prefixOf(image, channel);
  if (!tag.startsWith(prefix)) return undefined;
  const number = tag.slice(prefix.length);
  const sequence = /^[1-9]\d*$/.test(number) ? Number(number) : Number.NaN;
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

function prefixOf(image: string, channel: string): string {
  return `waybill.${escapeKey(channel).slice(0, KEPT)}.${hashFields([image, channel]).slice(0, 8)}.`;
}
