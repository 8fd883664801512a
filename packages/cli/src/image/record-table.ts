import type { ChannelEntry } from '@waybill/core/ledger';
import { type Column, formatTable, formatTime, oneLine } from '../terminal/index.ts';

const COLUMNS: readonly Column[] = [
  { title: 'CHANNEL', align: 'left' },
  { title: 'NO.', align: 'right' },
  { title: 'WHEN (UTC)', align: 'left' },
  { title: 'WHAT', align: 'left' },
  { title: 'DIGEST', align: 'left' },
  { title: 'COMMIT', align: 'left' },
  { title: 'WHO', align: 'left' },
  { title: 'RUN', align: 'left' },
];

/** Records of channels, a line each. */
export function recordLines(entries: readonly ChannelEntry[]): readonly string[] {
  return formatTable(
    COLUMNS,
    entries.map(({ record }) => [
      oneLine(record.channel),
      String(record.sequence),
      timeOf(record.promotedAt),
      record.kind,
      record.digest,
      oneLine(record.commit?.slice(0, 12) ?? '-'),
      oneLine(record.actor ?? '-'),
      oneLine(record.runId ?? '-'),
    ]),
  );
}

/** A record for programs. */
export function recordDocument({ record, recordDigest, commit }: ChannelEntry): Readonly<Record<string, unknown>> {
  return { ...record, recordDigest, ledgerCommit: commit };
}

function timeOf(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? oneLine(text) : formatTime(time);
}
