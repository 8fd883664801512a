import type { CommitId, IoOptions, RefStore } from '../content/index.ts';
import type { Digest } from '../oci/index.ts';
import { DIGESTS, encodeFacts, factsAfter, factsPath, isRollbackFrom } from './digest-facts.ts';
import type { LedgerFinding } from './finding.ts';
import type { ChannelEntry, DigestFacts } from './ledger.ts';

/**
 * Where the index in the tree of `tip` says something else than the records.
 * @param entries oldest first
 */
export async function indexFindings(
  refs: RefStore,
  tip: CommitId,
  entries: readonly ChannelEntry[],
  options?: IoOptions,
): Promise<LedgerFinding[]> {
  const expected = new Map([...factsOf(entries)].map(([digest, facts]) => [factsPath(digest), encodeFacts(facts)]));
  const findings: LedgerFinding[] = [];
  for await (const { path, bytes } of refs.files(tip, DIGESTS, options)) {
    const wanted = expected.get(path);
    expected.delete(path);
    if (wanted === undefined) findings.push(disagrees(path, 'nothing: no record is of this digest', shown(bytes)));
    else if (!Buffer.from(wanted).equals(bytes)) findings.push(disagrees(path, shown(wanted), shown(bytes)));
  }
  for (const [path, wanted] of expected) findings.push(disagrees(path, shown(wanted), 'no such file'));
  return findings;
}

/** What the records alone say of each digest. */
function factsOf(entries: readonly ChannelEntry[]): Map<Digest, DigestFacts> {
  const facts = new Map<Digest, DigestFacts>();
  let tip: ChannelEntry | undefined;
  for (const entry of entries) {
    const { record } = entry;
    const replaced = tip !== undefined && isRollbackFrom(record, tip) ? facts.get(tip.record.digest) : undefined;
    const after = factsAfter(record, tip, { own: facts.get(record.digest), replaced });
    for (const [digest, each] of after) facts.set(digest, each);
    tip = entry;
  }
  return facts;
}

function disagrees(path: string, expected: string, found: string): LedgerFinding {
  return {
    code: 'index-disagrees',
    level: 'error',
    subject: path,
    expected,
    found,
    message: 'The index says something else of this digest than the records.',
    hint: 'Promotions and rollbacks go by the index: use none of this channel before it is put right.',
  };
}

function shown(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 300)).trim();
}
