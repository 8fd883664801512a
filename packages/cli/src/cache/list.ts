import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { type Session, STORE_OPTIONS, showScope } from '../session/index.ts';
import {
  type Column,
  formatAgo,
  formatCount,
  formatSize,
  formatTable,
  formatTime,
  oneLine,
} from '../terminal/index.ts';
import { type EntryDocument, entryDocument } from './entry-document.ts';
import { FILTER_OPTIONS, loadEntries } from './load-entries.ts';
import { countTags, MANY_NAMES, MANY_TAGS, tooManyNames, tooManyTags } from './many-names.ts';

const COLUMNS: readonly Column[] = [
  { title: 'KEY', align: 'left' },
  { title: 'SIZE', align: 'right' },
  { title: 'SAVED (UTC)', align: 'left' },
  { title: 'LAST USED', align: 'left' },
  { title: 'USES', align: 'right' },
  { title: 'PLATFORM', align: 'left' },
  { title: 'SCOPE', align: 'left' },
];

export const list: Verb<Session> = defineVerb(
  {
    name: 'cache list',
    summary: 'list the entries of a store, the newest first',
    about: ['SIZE is that of the files, not of what is stored: entries share their bytes.'],
    positionals: [],
    options: {
      prefix: { type: 'text', value: 'PREFIX', help: 'only keys that start so; case counts' },
      limit: { type: 'integer', value: 'N', min: 0, max: 1_000_000, default: 0, help: 'at most so many; 0 is all' },
      ...FILTER_OPTIONS,
      ...STORE_OPTIONS,
    },
    examples: [
      { line: 'waybill cache list', what: 'all' },
      { line: 'waybill cache list --prefix deps- --ref main', what: 'of a kind, of a branch' },
      {
        line: "waybill cache list --json | jq -r '.entries[] | select(.uses == 0).key'",
        what: 'those that nobody used',
      },
    ],
    exitCodes: { [ExitCode.done]: 'listed, were there any or none', [ExitCode.failed]: 'the store failed' },
  },
  async ({ values }, session) => {
    const { print, machine, signal } = session;
    const { names, shown, chain } = await session.openStore(values.store, 'pull');
    const records = await loadEntries(names, values, signal);
    // The first of the last line: names are there.
    const [uri] = chain.tiers.at(-1) ?? [];
    if (uri?.kind === 'oci') {
      const tags = await countTags(await session.connectRegistry(uri, 'pull'), signal);
      if (tags > MANY_TAGS) print.warning(tooManyTags(tags));
    } else if (records.length > MANY_NAMES) {
      print.warning(tooManyNames(records.length));
    }
    const now = machine.now();
    const taken = values.limit === 0 ? records : records.slice(0, values.limit);
    const entries: EntryDocument[] = [];
    const rows: string[][] = [];
    for (const record of taken) {
      const entry = entryDocument(record, await names.access?.(record), now);
      entries.push(entry);
      rows.push(rowOf(entry, record.name.scope, now));
    }
    const lines = formatTable(COLUMNS, rows);
    const [titles, ...rest] = lines;
    print.result(
      { store: shown, total: records.length, entries },
      titles === undefined ? [] : [print.style.bold(titles), ...rest],
    );
    if (records.length === 0) print.info(`no entries in ${shown}`);
    else if (taken.length < records.length)
      print.info(`${formatCount(records.length - taken.length, 'more entry', 'more entries')}`);
    return ExitCode.done;
  },
);

function rowOf(entry: EntryDocument, scope: string, now: number): string[] {
  const { key, size, savedAt, lastUsedAt, uses, platform, expired } = entry;
  return [
    oneLine(key),
    size === undefined ? '-' : formatSize(size),
    `${formatTime(Date.parse(savedAt))}${expired ? ' (expired)' : ''}`,
    lastUsedAt === undefined ? '-' : formatAgo(now - Date.parse(lastUsedAt)),
    uses === undefined ? '-' : String(uses),
    oneLine(platform ?? '-'),
    oneLine(showScope(scope)),
  ];
}
