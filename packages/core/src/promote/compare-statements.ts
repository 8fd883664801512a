import { limit } from '../async/index.ts';
import { compareWithCopies, type RecordCopy } from '../ledger/index.ts';
import { parseReference } from '../oci/index.ts';
import type { Finding } from '../verify/index.ts';
import type { StatusOptions } from './channel-status.ts';
import type { ChannelDeps } from './deps.ts';
import { openSides } from './sides.ts';
import { readStatement } from './statement/attach-statement.ts';
import { promotionTag } from './statement/promotion-tag.ts';

/** Statements that are read at once. */
const AT_ONCE = 8;

/**
 * Where the statements in the registry know other records than the ledger has, or one more: two requests a record.
 * A record without a statement is a warning: nothing confirms it.
 * @throws WaybillError `RECORD_INVALID`, `NAMES_DISAGREE` (integrity) where the chain itself cannot be read: check that first
 */
export async function compareStatements(
  { image, channel }: StatusOptions,
  { ledger, openRegistry, signal }: ChannelDeps,
): Promise<readonly Finding[]> {
  const io = signal === undefined ? {} : { signal };
  const place = parseReference(channel.image);
  const { target } = openSides(place, place, { openRegistry });
  const newest = (await ledger.channels.tip(image, channel.name, io))?.record.sequence ?? 0;
  const gate = limit(AT_ONCE);
  const missing: Finding[] = [];
  const copies: RecordCopy[] = [];
  await Promise.all(
    Array.from({ length: newest + 1 }, (_, at) => at + 1).map((sequence) =>
      gate(async () => {
        const claim = await readStatement(target, { image, channel: channel.name, sequence }, io);
        const source = promotionTag(image, channel.name, sequence);
        if (typeof claim === 'object') copies.push({ sequence, recordDigest: claim.recordDigest, source });
        else if (sequence <= newest) missing.push(unconfirmed(sequence, source));
      }, signal),
    ),
  );
  const different = await compareWithCopies(ledger.channels.log(image, channel.name, io), copies);
  return [...different, ...missing.sort((a, b) => a.subject.localeCompare(b.subject))];
}

function unconfirmed(sequence: number, source: string): Finding {
  return {
    code: 'statement-missing',
    level: 'warning',
    subject: `record ${sequence}`,
    message: `No statement in the registry confirms it (${source}).`,
  };
}
