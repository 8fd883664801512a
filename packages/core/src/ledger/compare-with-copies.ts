import type { Digest } from '../oci/index.ts';
import type { LedgerFinding } from './finding.ts';
import type { ChannelEntry } from './ledger.ts';

/** What a copy outside the ledger knows of one record: a statement in the registry, a local file. */
export interface RecordCopy {
  readonly sequence: number;
  readonly recordDigest: Digest;
  /** Where it is, for people: `.artifacts.json`, `statement sha256:…`. */
  readonly source: string;
}

/**
 * Where copies know of records that the chain does not have: `tail-cut` for those past its end, `chain-rewritten` for
 * others. What nobody copied cannot be found missing.
 * @param entries the channel's records, in any order
 */
export async function compareWithCopies(
  entries: AsyncIterable<ChannelEntry> | Iterable<ChannelEntry>,
  copies: readonly RecordCopy[],
): Promise<readonly LedgerFinding[]> {
  const bySequence = new Map<number, Digest>();
  let newest = 0;
  for await (const { record, recordDigest } of entries) {
    bySequence.set(record.sequence, recordDigest);
    newest = Math.max(newest, record.sequence);
  }
  const inOrder = [...copies].sort((a, b) => a.sequence - b.sequence);
  return inOrder.flatMap((copy) => {
    const found = bySequence.get(copy.sequence);
    if (found === copy.recordDigest) return [];
    return [found === undefined && copy.sequence > newest ? tailCut(copy, newest) : rewritten(copy, found)];
  });
}

function tailCut({ sequence, recordDigest, source }: RecordCopy, newest: number): LedgerFinding {
  return {
    code: 'tail-cut',
    level: 'error',
    subject: `record ${sequence}`,
    expected: recordDigest,
    found: newest === 0 ? 'no record at all' : `record ${newest} is the newest`,
    message: `${source} knows of a record that is past the end of the chain.`,
    hint: 'Somebody moved the ref back by force, or the copy is false.',
  };
}

function rewritten({ sequence, recordDigest, source }: RecordCopy, found: Digest | undefined): LedgerFinding {
  return {
    code: 'chain-rewritten',
    level: 'error',
    subject: `record ${sequence}`,
    expected: recordDigest,
    found: found ?? 'no record',
    message: `${source} knows another record under this number.`,
    hint: 'Somebody wrote the chain anew by force, or the copy is false.',
  };
}
