import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { type Session, STORE_OPTIONS } from '../session/index.ts';
import { formatCount, formatSize, oneLine } from '../terminal/index.ts';
import { FILTER_OPTIONS, loadEntries } from './load-entries.ts';
import { noEntry } from './no-entry.ts';
import { type Finding, verifyEntries } from './verify-entries.ts';

export const verify: Verb<Session> = defineVerb(
  {
    name: 'cache verify',
    summary: 'verify the stored bytes of one entry, or of all',
    about: ['Fetches every blob, compares it with its digest, and tells all that is wrong. Changes nothing.'],
    positionals: [{ name: 'KEY', help: 'the whole key; without it all entries are verified', required: false }],
    options: { ...FILTER_OPTIONS, ...STORE_OPTIONS },
    examples: [
      { line: 'waybill cache verify', what: 'the whole store' },
      { line: 'waybill cache verify deps-1 --json', what: 'all entries of a key, for a program' },
    ],
    exitCodes: {
      [ExitCode.done]: 'all bytes are there and are what they should be',
      [ExitCode.notFound]: 'no entry has this key',
      [ExitCode.failed]: 'the store failed, so that nothing is known of some of them',
      [ExitCode.mismatch]: 'bytes are missing or are not what their digest says',
    },
  },
  async ({ values, positionals: [key] }, session) => {
    const { print, signal } = session;
    const { names, store, shown } = await session.openStore(values.store, 'pull');
    const records = await loadEntries(names, { ...values, key }, signal);
    if (key !== undefined && records.length === 0) return noEntry(print, key, shown);
    const { blobs, bytes, findings } = await verifyEntries(store, records, {
      signal,
      progress: (files, read) => print.bar?.update({ what: 'verifying', files, bytes: read }),
    });
    print.bar?.clear();
    const summary = `${formatCount(records.length, 'entry', 'entries')}, ${formatCount(blobs, 'blob')}, ${formatSize(bytes)} verified: `;
    print.result({ store: shown, entries: records.length, blobs, bytes, findings }, [
      ...findings.map((finding) => findingLine(finding)),
      `${summary}${findings.length === 0 ? 'nothing is wrong' : formatCount(findings.length, 'finding')}`,
    ]);
    return verdictOf(findings);
  },
);

function findingLine({ key, kind, message }: Finding): string {
  return oneLine(`${kind}: ${key}: ${message}`);
}

/** What is known to be wrong counts for more than what is not known. */
function verdictOf(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ kind }) => kind !== 'unreadable')) return ExitCode.mismatch;
  return findings.length > 0 ? ExitCode.failed : ExitCode.done;
}
