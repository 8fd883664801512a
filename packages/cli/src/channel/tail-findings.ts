import type { ChannelEntry, RecordCopy } from '@waybill/core/ledger';
import type { ShownFinding } from './show-findings.ts';

/** Where a copy knows more than the newest record, or another one in its place. The records before are for `log --check`. */
export function tailFindings(entry: ChannelEntry | undefined, copies: readonly RecordCopy[]): readonly ShownFinding[] {
  const newest = entry?.record.sequence ?? 0;
  const last = copies.reduce<RecordCopy | undefined>(
    (a, b) => (a !== undefined && a.sequence >= b.sequence ? a : b),
    undefined,
  );
  if (last === undefined || last.sequence < newest) return [];
  if (last.sequence > newest)
    return [
      {
        code: 'tail-cut',
        level: 'error',
        subject: `record ${last.sequence}`,
        expected: last.recordDigest,
        found: newest === 0 ? 'no record at all' : `record ${newest} is the newest`,
        message: `${last.source} knows of a record that the ledger does not have`,
        hint: 'Somebody moved the ref back by force, or this is another ledger.',
      },
    ];
  if (copies.some(({ sequence, recordDigest }) => sequence === newest && recordDigest === entry?.recordDigest))
    return [];
  return [
    {
      code: 'chain-rewritten',
      level: 'error',
      subject: `record ${newest}`,
      expected: last.recordDigest,
      ...(entry === undefined ? {} : { found: entry.recordDigest }),
      message: `${last.source} knows another record under this number`,
      hint: 'Somebody wrote the chain anew by force, or this is another ledger.',
    },
  ];
}
