import type { IoOptions } from '../content/index.ts';
import { errorCode, errorMessage } from '../errors/index.ts';
import type { FiledStatement, StatementLog } from '../intoto/index.ts';
import type { RecordCopy } from '../ledger/index.ts';
import { type Finding, filedFinding } from '../verify/index.ts';
import { parsePromotionStatement } from './statement/promotion-statement.ts';

/** What is filed of a channel. */
export interface FiledCopies {
  /** One a statement, in no order: the log knows of this record. */
  readonly copies: readonly RecordCopy[];
  readonly findings: readonly Finding[];
}

/**
 * The statements of a channel's promotions that are filed, each as a copy of its record that the chain can be held to: what the
 * ledger lacks was cut off, what it has otherwise was written anew. The log is listed, and every statement of a promotion in
 * it is read. What is wrong with one is a finding, and it proves nothing.
 */
export async function readFiledCopies(
  of: { readonly image: string; readonly channel: string },
  log: StatementLog,
  io: IoOptions = {},
): Promise<FiledCopies> {
  const copies: RecordCopy[] = [];
  const findings: Finding[] = [];
  for await (const statement of log.list({ predicate: 'promotion' }, io)) {
    const found = await readCopy(statement, of, log, io);
    if (found === undefined) continue;
    if ('code' in found) findings.push(found);
    else copies.push(found);
  }
  return { copies, findings };
}

/** Undefined: of another channel, or by something else than Waybill. */
async function readCopy(
  { place, subject }: FiledStatement,
  of: { readonly image: string; readonly channel: string },
  log: StatementLog,
  io: IoOptions,
): Promise<RecordCopy | Finding | undefined> {
  const { name, group } = place;
  let bytes: Uint8Array;
  try {
    bytes = await log.read(place, io);
  } catch (error) {
    if (errorCode(error) !== 'STATEMENT_CORRUPT') throw error;
    return filedFinding('asset-replaced', { subject: name, message: errorMessage(error) });
  }
  const claim = parsePromotionStatement(bytes);
  if (claim === undefined || claim.image !== of.image || claim.channel !== of.channel) return undefined;
  if (claim.digest !== subject) {
    const message = 'the record in it is of another digest than the name says';
    return filedFinding('subject-mismatch', { subject: name, message, expected: subject, found: claim.digest });
  }
  return { sequence: claim.sequence, recordDigest: claim.recordDigest, source: `${name} in ${group}` };
}
