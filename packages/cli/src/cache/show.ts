import type { Descriptor } from '@waybill/core/oci';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { type Session, STORE_OPTIONS, showScope } from '../session/index.ts';
import { formatAgo, formatCount, formatFields, formatSize, formatTime, oneLine } from '../terminal/index.ts';
import { type EntryDocument, entryDocument } from './entry-document.ts';
import { FILTER_OPTIONS, loadEntries } from './load-entries.ts';
import { noEntry } from './no-entry.ts';
import { readSnapshotParts, type SnapshotParts } from './snapshot-parts.ts';

export const show: Verb<Session> = defineVerb(
  {
    name: 'cache show',
    summary: 'show one entry: all that is known of it',
    about: ['Where several entries have this key (of other branches, paths or platforms), the newest is shown.'],
    positionals: [{ name: 'KEY', help: 'the whole key; case counts', required: true }],
    options: { ...FILTER_OPTIONS, ...STORE_OPTIONS },
    examples: [
      { line: 'waybill cache show deps-1', what: 'fields, digest, packs, and the statement of who saved it' },
      { line: 'waybill cache show deps-1 --json | jq .statement.predicate', what: 'where it came from' },
    ],
    exitCodes: {
      [ExitCode.notFound]: 'no entry has this key',
      [ExitCode.failed]: 'the store failed, or has the name and no longer the bytes',
      [ExitCode.mismatch]: 'manifest or statement are not what their digest says',
    },
  },
  async ({ values, positionals: [key = ''] }, session) => {
    const { print, machine, signal } = session;
    const { names, store, shown } = await session.openStore(values.store, 'pull');
    const [record, ...others] = await loadEntries(names, { ...values, key }, signal);
    if (record === undefined) return noEntry(print, key, shown);
    const now = machine.now();
    const entry = entryDocument(record, await names.access?.(record), now);
    const parts = await readSnapshotParts(store, record.target, signal);
    print.result(
      {
        ...entry,
        storedBytes: parts.storedBytes,
        packs: parts.packs.map(({ digest, size }) => ({ digest, size })),
        annotations: parts.manifest.annotations ?? {},
        ...(parts.statement === undefined ? {} : { statement: parts.statement }),
        others: others.map((other) => entryDocument(other, undefined, now)),
      },
      [...entryLines(entry, record.name.scope, parts, now), ...packLines(parts.packs), ...statementLines(parts)].map(
        oneLine,
      ),
    );
    if (others.length > 0)
      print.notice(
        `${formatCount(others.length, 'more entry has', 'more entries have')} this key; --ref and --repository tell them apart, --json shows them`,
      );
    return ExitCode.done;
  },
);

function entryLines(
  entry: EntryDocument,
  scope: string,
  { storedBytes, packs }: SnapshotParts,
  now: number,
): readonly string[] {
  const { files, size, lastUsedAt, uses, expiresAt } = entry;
  return formatFields([
    ['key', entry.key],
    ['scope', showScope(scope)],
    ['digest', entry.digest],
    ['manifest', entry.manifest],
    ['version', entry.version],
    ['platform', entry.platform],
    ['paths', entry.paths?.join(', ')],
    [
      'tree',
      files === undefined || size === undefined ? undefined : `${formatCount(files, 'file')}, ${formatSize(size)}`,
    ],
    ['stored', `${formatSize(storedBytes)} in ${formatCount(packs.length, 'pack')}`],
    ['saved', `${formatTime(Date.parse(entry.savedAt))} UTC`],
    ['expires', expiresAt && `${formatTime(Date.parse(expiresAt))} UTC${entry.expired ? ' (past)' : ''}`],
    ['last used', lastUsedAt && `${formatAgo(now - Date.parse(lastUsedAt))}, ${formatCount(uses ?? 0, 'time')}`],
    ['commit', entry.commit],
    ['run', entry.runId],
    ['saved by', entry.savedBy],
    ['toolchain', entry.toolchain],
    ['lockfiles', entry.lockfileHash],
  ]);
}

function packLines(packs: readonly Descriptor[]): readonly string[] {
  return packs.length === 0
    ? []
    : ['', 'packs', ...packs.map(({ digest, size }) => `  ${digest}  ${formatSize(size)}`)];
}

function statementLines({ statement }: SnapshotParts): readonly string[] {
  if (statement === undefined) return ['', 'statement  none'];
  const { predicate } = statement;
  const claims = typeof predicate === 'object' && predicate !== null ? Object.entries(predicate) : [];
  return [
    '',
    `statement  ${statement.predicateType} (not signed)`,
    ...formatFields(
      claims.map(([name, value]) => [`  ${name}`, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
  ];
}
