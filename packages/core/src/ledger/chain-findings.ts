import type { Digest } from '../oci/index.ts';
import type { LedgerFinding } from './finding.ts';
import type { ChannelEntry } from './ledger.ts';

/**
 * What is wrong between the records of a chain. Of a record that was changed, and of all that follow changed with it, the
 * chain alone knows nothing: only a copy does.
 * @param entries newest first; undefined where a record cannot be read
 */
export function chainFindings(entries: readonly (ChannelEntry | undefined)[]): LedgerFinding[] {
  const known = entries.filter((entry) => entry !== undefined);
  const chain = { sequences: new Set(known.map(({ record }) => record.sequence)), followers: followersOf(known) };
  const findings: LedgerFinding[] = [];
  for (const [at, newer] of entries.entries()) {
    if (newer === undefined) continue;
    if (at + 1 === entries.length) findings.push(...oldestFindings(newer, chain));
    const older = entries[at + 1];
    if (older !== undefined) findings.push(...pairFindings(newer, older, chain));
  }
  return findings;
}

interface Chain {
  readonly sequences: ReadonlySet<number>;
  /** How many records name this digest as the one before them. */
  readonly followers: ReadonlyMap<Digest, number>;
}

function followersOf(entries: readonly ChannelEntry[]): Map<Digest, number> {
  const followers = new Map<Digest, number>();
  for (const { record } of entries) {
    if (record.previous !== undefined) followers.set(record.previous, (followers.get(record.previous) ?? 0) + 1);
  }
  return followers;
}

function pairFindings(newer: ChannelEntry, older: ChannelEntry, chain: Chain): LedgerFinding[] {
  const step = newer.record.sequence - older.record.sequence;
  if (step < 0) return [reordered(newer, older)];
  if (step === 0) return [forked(newer, 'Two records have the same number.')];
  if (step > 1) return removed(older.record.sequence + 1, newer.record.sequence - 1, chain);
  if (newer.record.previous === older.recordDigest) return [];
  const { previous } = newer.record;
  if (previous !== undefined && (chain.followers.get(previous) ?? 0) > 1) {
    return [forked(newer, 'Two records name the same one as the record before them.')];
  }
  return [edited(newer, older)];
}

function oldestFindings(oldest: ChannelEntry, chain: Chain): LedgerFinding[] {
  const { sequence, previous } = oldest.record;
  if (sequence > 1) return removed(1, sequence - 1, chain);
  if (previous === undefined) return [];
  return [
    {
      code: 'record-edited',
      level: 'error',
      subject: subjectOf(oldest),
      expected: 'no record before the first',
      found: previous,
      message: 'The first record names one before it.',
    },
  ];
}

/** Numbers that stand elsewhere in the chain are not gone: their records are reported where they stand. */
function removed(from: number, to: number, { sequences }: Chain): LedgerFinding[] {
  // No chain that was walked has so many records; the numbers are another hand's.
  const gone =
    to - from > 100_000
      ? true
      : Array.from({ length: to - from + 1 }, (_, i) => from + i).some((n) => !sequences.has(n));
  if (!gone) return [];
  return [
    {
      code: 'record-removed',
      level: 'error',
      subject: from === to ? `record ${from}` : `records ${from} to ${to}`,
      expected: 'every number from 1 on',
      found: 'no record',
      message: 'Records were taken out of the chain.',
      hint: 'A clone, the statements in the registry, or .artifacts.json may still have them.',
    },
  ];
}

function reordered(newer: ChannelEntry, older: ChannelEntry): LedgerFinding {
  return {
    code: 'record-reordered',
    level: 'error',
    subject: subjectOf(newer),
    expected: `a number above ${older.record.sequence}`,
    found: String(newer.record.sequence),
    message: `The record stands on top of record ${older.record.sequence}.`,
  };
}

function edited(newer: ChannelEntry, older: ChannelEntry): LedgerFinding {
  return {
    code: 'record-edited',
    level: 'error',
    subject: subjectOf(older),
    expected: newer.record.previous ?? 'its digest in the record after it',
    found: older.recordDigest,
    message: `The record is not the one that record ${newer.record.sequence} was put on.`,
    hint: 'A clone, the statements in the registry, or .artifacts.json may have it as it was.',
  };
}

function forked(entry: ChannelEntry, message: string): LedgerFinding {
  return { code: 'chain-forked', level: 'error', subject: subjectOf(entry), message };
}

function subjectOf({ commit, record }: ChannelEntry): string {
  return `record ${record.sequence} (commit ${commit})`;
}
