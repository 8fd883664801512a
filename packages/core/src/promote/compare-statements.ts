import { limit } from '../async/index.ts';
import { compareWithCopies, type RecordCopy } from '../ledger/index.ts';
import { type Digest, parseReference } from '../oci/index.ts';
import type { Finding } from '../verify/index.ts';
import type { StatusOptions } from './channel-status.ts';
import type { ChannelDeps } from './deps.ts';
import { openSides } from './sides.ts';
import { readStatement } from './statement/attach-statement.ts';
import { listStatements } from './statement/list-statements.ts';
import { promotionTag } from './statement/promotion-tag.ts';

/** Statements that are read at once. */
const AT_ONCE = 8;

/** What the registry says of a channel's chain. */
export interface ComparedStatements {
  readonly findings: readonly Finding[];
  /** Each of a record that the ledger has just so. */
  readonly confirmed: readonly RecordCopy[];
}

/**
 * Where the statements in the registry know other records than the ledger has, or more, however far past its end: two
 * requests a record, and one for each page of the repository's tags. A record without a statement is a warning: nothing
 * confirms it.
 * @throws WaybillError `RECORD_INVALID`, `NAMES_DISAGREE` (integrity) where the chain itself cannot be read: check that first
 */
export async function compareStatements(
  { image, channel }: StatusOptions,
  { ledger, openRegistry, signal }: ChannelDeps,
): Promise<ComparedStatements> {
  const io = signal === undefined ? {} : { signal };
  const of = { image, channel: channel.name };
  const place = parseReference(channel.image);
  const { target } = openSides(place, place, { openRegistry });
  const known = new Map<number, Digest>();
  let newest = 0;
  for await (const { record, recordDigest } of ledger.channels.log(image, channel.name, io)) {
    known.set(record.sequence, recordDigest);
    newest = Math.max(newest, record.sequence);
  }
  // What a registry does not list may be there all the same.
  const numbers = new Set([...known.keys(), newest + 1, ...(await listStatements(target, of, io))]);
  const gate = limit(AT_ONCE);
  const missing: Finding[] = [];
  const copies: RecordCopy[] = [];
  await Promise.all(
    [...numbers].map((sequence) =>
      gate(async () => {
        const claim = await readStatement(target, { ...of, sequence }, io);
        const source = promotionTag(image, channel.name, sequence);
        if (typeof claim === 'object') copies.push({ sequence, recordDigest: claim.recordDigest, source });
        else if (sequence <= newest) missing.push(unconfirmed(sequence, source));
      }, signal),
    ),
  );
  const different = await compareWithCopies(ledger.channels.log(image, channel.name, io), copies);
  return {
    findings: [...different, ...missing.sort((a, b) => a.subject.localeCompare(b.subject))],
    confirmed: copies.filter(({ sequence, recordDigest }) => known.get(sequence) === recordDigest),
  };
}

function unconfirmed(sequence: number, source: string): Finding {
  return {
    code: 'statement-missing',
    level: 'warning',
    subject: `record ${sequence}`,
    message: `No statement in the registry confirms it (${source}).`,
  };
}
