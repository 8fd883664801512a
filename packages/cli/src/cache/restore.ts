import { isReleaseContext, platformOf, type RestoreOutcome, restoreCache } from '@waybill/core/cache';
import type { KeyedStore, NameRecord } from '@waybill/core/content';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { SCOPE_OPTIONS, type Session, STORE_OPTIONS, scopesOf } from '../session/index.ts';
import { formatCount, formatFields, formatSize, oneLine } from '../terminal/index.ts';
import { treeOf } from './entry-document.ts';
import { restoreExitCode } from './outcome-exit-code.ts';
import { ENTRY_OPTIONS, ENTRY_POSITIONALS, wantedEntry } from './wanted-entry.ts';
import { withBar } from './with-bar.ts';

const NAME = 'cache restore';

export const restore: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'restore files by a key',
    about: [
      'Looks for the key, for keys that start with it, then for each restore-key; the newest counts. Files that',
      'stand already are not written again. Everything is verified before it takes its place.',
    ],
    positionals: ENTRY_POSITIONALS,
    options: {
      ...ENTRY_OPTIONS,
      'lookup-only': { type: 'flag', help: 'only tell what would be restored' },
      unsigned: {
        type: 'choice',
        choices: ['allow', 'warn', 'refuse'],
        default: 'warn',
        help: 'what to do in a release with an entry that nobody signed',
      },
      timeout: {
        type: 'integer',
        value: 'MINUTES',
        min: 1,
        max: 1440,
        default: 10,
        help: 'after which it is given up',
      },
      ...SCOPE_OPTIONS,
      ...STORE_OPTIONS,
    },
    examples: [
      {
        line: 'waybill cache restore deps-1 node_modules',
        what: 'what `waybill cache save deps-1 node_modules` saved',
      },
      {
        line: 'waybill cache restore deps-2 node_modules -r deps-',
        what: 'the newest of this kind where that one is not there',
      },
      {
        line: 'waybill cache restore auto --preset npm || true',
        what: "npm's cache, in a script that calls `npm ci` next",
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'restored, by the key or by a restore-key (`result` tells which)',
      [ExitCode.notFound]: 'a miss',
      [ExitCode.failed]: 'the store, the network or the disk failed, or it took too long',
      [ExitCode.mismatch]: 'the entry is corrupt; no file has changed',
      [ExitCode.refused]: 'a rule forbids it: an unsafe or unsigned entry, cache-mode',
    },
  },
  async ({ values, positionals }, session) => {
    const { context, print, signal } = session;
    const opened = await session.openStore(values.store, 'pull');
    const scopes = scopesOf(values, session, opened);
    const { path, key, restoreKeys } = await wantedEntry(NAME, positionals, values, session);
    const { names, found } = remembering(opened.names);
    const outcome = await restoreCache(
      {
        paths: path.set,
        key,
        restoreKeys,
        crossOsArchive: values['cross-os'],
        lookupOnly: values['lookup-only'],
        scopes,
        platform: platformOf(context.platform, context.arch),
        mode: context.cacheMode,
        releaseContext: isReleaseContext(context),
        unsigned: values.unsigned,
        timeoutMs: values.timeout * 60_000,
      },
      {
        names,
        store: opened.store,
        snapshots: withBar(session.snapshots, print.bar, () => totalOf(found())),
        machine: session.machine,
        log: print,
        signal,
      },
    );
    signal.throwIfAborted();
    print.result({ key, ...outcome }, restoreLines(key, outcome));
    return restoreExitCode(outcome);
  },
);

/** The names, and what was found by them last: a bar needs to know how much is to come. */
function remembering<N extends KeyedStore>(names: N): { names: N; found: () => NameRecord | undefined } {
  let record: NameRecord | undefined;
  const find: KeyedStore['find'] = async (query, options) => {
    const match = await names.find(query, options);
    record = match?.record;
    return match;
  };
  return { names: { ...names, find }, found: () => record };
}

function totalOf(record: NameRecord | undefined) {
  const bytes = record === undefined ? undefined : treeOf(record).bytes;
  return bytes === undefined ? undefined : { bytes };
}

function restoreLines(key: string, { result, reason, ...outcome }: RestoreOutcome): readonly string[] {
  const { matchedKey, restoredFiles, restoredBytes, downloadedBytes } = outcome;
  return formatFields([
    ['key', key],
    ['result', reason === '' ? result : `${result} (${reason})`],
    ['matched', matchedKey === undefined ? undefined : oneLine(matchedKey)],
    ['digest', outcome.digest],
    ['tree', restoredFiles === 0 ? undefined : `${formatCount(restoredFiles, 'file')}, ${formatSize(restoredBytes)}`],
    ['read', restoredFiles === 0 ? undefined : `${formatSize(downloadedBytes)} from the store`],
  ]);
}
