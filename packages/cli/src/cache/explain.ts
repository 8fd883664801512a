import { CACHE_KIND, cacheVersion, platformOf } from '@waybill/core/cache';
import type { NameRecord } from '@waybill/core/content';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { SCOPE_OPTIONS, type Session, STORE_OPTIONS, scopesOf, showScope } from '../session/index.ts';
import { formatTable, formatTime, oneLine } from '../terminal/index.ts';
import { entryDocument, pathsOf } from './entry-document.ts';
import { explainLookUp, type NearMiss, type Step } from './explain-look-up.ts';
import { loadEntries } from './load-entries.ts';
import { ENTRY_OPTIONS, ENTRY_POSITIONALS, wantedEntry } from './wanted-entry.ts';

const NAME = 'cache explain';

export const explain: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'explain why a restore would hit or miss',
    about: [
      'Takes the words of `waybill cache restore`, restores nothing. Shows each question in the order in which they are',
      'asked, and the entries that nearly fit: of other paths, another platform, another branch, past their retention.',
    ],
    positionals: ENTRY_POSITIONALS,
    options: { ...ENTRY_OPTIONS, ...SCOPE_OPTIONS, ...STORE_OPTIONS },
    examples: [
      { line: 'waybill cache explain deps-2 node_modules -r deps-', what: 'what would be restored, and why' },
      {
        line: 'waybill cache explain deps-2 node_modules --repository octo-org/app --ref my-branch --ref main',
        what: 'as a branch sees it',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'it would hit',
      [ExitCode.notFound]: 'it would miss',
      [ExitCode.failed]: 'the store failed',
    },
  },
  async ({ values, positionals }, session) => {
    const { context, print, machine, signal } = session;
    const opened = await session.openStore(values.store, 'pull');
    const scopes = scopesOf(values, session, opened);
    const { path, key, restoreKeys } = await wantedEntry(NAME, positionals, values, session);
    const platform = platformOf(context.platform, context.arch);
    const version = cacheVersion(path.set.patterns, platform, values['cross-os']);
    const records = await loadEntries(opened.names, { ref: [], repository: undefined }, signal);
    const now = machine.now();
    const query = { kind: CACHE_KIND, scopes, version, key, prefixes: restoreKeys };
    const { steps, nearMisses } = explainLookUp(records, query, now);
    const found = steps.at(-1)?.found;
    const document = (record: NameRecord) => entryDocument(record, undefined, now);
    print.result(
      {
        store: opened.shown,
        key,
        restoreKeys,
        paths: path.set.patterns,
        platform,
        version,
        scopes: scopes.map(showScope),
        result: found === undefined ? 'miss' : steps.at(-1)?.kind,
        ...(found === undefined ? {} : { entry: document(found) }),
        steps: steps.map((step) => ({ ...step, scope: showScope(step.scope), found: step.found?.name.key ?? null })),
        nearMisses: nearMisses.map(({ record, why }) => ({ why, entry: document(record) })),
      },
      [
        print.style.bold(verdict(steps)),
        '',
        `paths     ${path.set.patterns.join(', ')}`,
        `platform  ${values['cross-os'] ? 'any' : platform}`,
        `version   ${version}`,
        '',
        ...stepTable(steps),
        ...nearMissTable(nearMisses),
      ].map((line) => line.trimEnd()),
    );
    return found === undefined ? ExitCode.notFound : ExitCode.done;
  },
);

const HOW: Readonly<Record<Step['kind'], string>> = {
  exact: 'the key itself',
  'key-prefix': 'a key that starts with it',
  'restore-key': 'a restore-key',
};

const WHY: Readonly<Record<NearMiss['why'], string>> = {
  expired: 'past its retention',
  'other-paths-or-platform': 'saved with other paths, or on another platform',
  'other-scope': 'saved by a branch or repository that is not seen from here',
  'similar-key': 'another key',
};

function verdict(steps: readonly Step[]): string {
  const last = steps.at(-1);
  if (last === undefined) return 'miss: this run has no ref, so there is no scope to look in';
  if (last.found === undefined) return 'miss: nothing fits';
  return oneLine(`hit: ${JSON.stringify(last.found.name.key)}, by ${HOW[last.kind]}`);
}

function stepTable(steps: readonly Step[]): readonly string[] {
  return formatTable(
    ['SCOPE', 'LOOKED FOR', 'TEXT', 'FOUND'].map((title) => ({ title, align: 'left' })),
    steps.map(({ scope, kind, text, found }) =>
      [
        showScope(scope),
        HOW[kind],
        text,
        found === undefined ? '-' : `${found.name.key} (${formatTime(found.createdAt)})`,
      ].map(oneLine),
    ),
  );
}

function nearMissTable(nearMisses: readonly NearMiss[]): readonly string[] {
  if (nearMisses.length === 0) return [];
  const rows = nearMisses.map(({ record, why }) =>
    [
      record.name.key,
      WHY[why],
      showScope(record.name.scope),
      record.fields['platform'] ?? '-',
      pathsOf(record)?.join(', ') ?? '-',
    ].map(oneLine),
  );
  const columns = ['NEARLY', 'WHY NOT', 'SCOPE', 'PLATFORM', 'PATHS'].map((title) => ({
    title,
    align: 'left' as const,
  }));
  return ['', ...formatTable(columns, rows)];
}
