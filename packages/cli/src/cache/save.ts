import { platformOf, type SaveOutcome, saveCache } from '@waybill/core/cache';
import { defineVerb, ExitCode, seeHelp, usageError, type Verb } from '../command/index.ts';
import { fullRef, SCOPE_OPTIONS, type Session, STORE_OPTIONS, scopesOf } from '../session/index.ts';
import { formatCount, formatFields, formatSize } from '../terminal/index.ts';
import { saveExitCode } from './outcome-exit-code.ts';
import { ENTRY_OPTIONS, ENTRY_POSITIONALS, wantedEntry } from './wanted-entry.ts';
import { withBar } from './with-bar.ts';

const NAME = 'cache save';

export const save: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'save files under a key',
    about: [
      'Bytes first, the name last: an interrupted save leaves no entry. Only what the newest entry of the same',
      'paths lacks is stored. A key that stands is left alone.',
    ],
    positionals: ENTRY_POSITIONALS,
    options: {
      ...ENTRY_OPTIONS,
      overwrite: { type: 'flag', help: 'replace an entry of the same key' },
      'retention-days': {
        type: 'integer',
        value: 'DAYS',
        min: 1,
        max: 3650,
        default: 90,
        help: 'how long it is found',
      },
      level: { type: 'text', value: 'LEVEL', default: 'auto', help: 'of zstd: auto, or 1 to 19' },
      'allow-secrets': { type: 'flag', help: 'save files that hold credentials as well' },
      ...SCOPE_OPTIONS,
      ...STORE_OPTIONS,
    },
    examples: [
      { line: 'waybill cache save deps-1 node_modules', what: 'a folder' },
      {
        line: 'waybill cache save auto --preset npm',
        what: "npm's cache, under a key made of lockfile and Node version",
      },
      { line: "waybill cache save build-7 out '!out/tmp' --ref main", what: 'all but a folder, for a branch' },
    ],
    exitCodes: {
      [ExitCode.done]: 'saved, or the key stood already',
      [ExitCode.notFound]: 'no file matches',
      [ExitCode.failed]: 'the store, the network or the disk failed; nothing of it is visible',
      [ExitCode.mismatch]: 'what the store gave back is not what its digest says',
      [ExitCode.refused]: 'a rule forbids it: a secret in the files, cache-mode, an untrusted event',
    },
  },
  async ({ values, positionals }, session) => {
    const { context, print, signal } = session;
    const compressionLevel = readLevel(values.level);
    const opened = await session.openStore(values.store, 'push');
    const scopes = scopesOf(values, session, opened);
    const { path, ...entry } = await wantedEntry(NAME, positionals, values, session);
    const [ref] = values.ref;
    const outcome = await saveCache(
      {
        ...entry,
        paths: path.set,
        crossOsArchive: values['cross-os'],
        scopes,
        platform: platformOf(context.platform, context.arch),
        facts: {
          ...context,
          repository: values.repository ?? context.repository,
          ref: ref === undefined ? context.ref : fullRef(ref),
        },
        parent: undefined,
        overwrite: values.overwrite,
        retentionDays: values['retention-days'],
        compressionLevel,
        allowSecrets: values['allow-secrets'],
        tokens: context.tokens,
        startedAt: undefined,
      },
      {
        names: opened.names,
        store: opened.store,
        snapshots: withBar(session.snapshots, print.bar, () => undefined),
        machine: session.machine,
        log: print,
        signal,
      },
    );
    signal.throwIfAborted();
    print.result({ key: entry.key, ...outcome }, saveLines(entry.key, outcome));
    return saveExitCode(outcome);
  },
);

function readLevel(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 19) return Number(text);
  throw usageError(`waybill ${NAME}: --level is ${JSON.stringify(text)}, expected auto or 1 to 19`, seeHelp(NAME));
}

function saveLines(key: string, { result, reason, ...outcome }: SaveOutcome): readonly string[] {
  return formatFields([
    ['key', key],
    ['result', reason === '' ? result : `${result} (${reason})`],
    ['digest', outcome.digest],
    ['tree', outcome.digest && `${formatCount(outcome.files, 'file')}, ${formatSize(outcome.rawBytes)}`],
    [
      'stored',
      outcome.digest && `${formatSize(outcome.uploadedBytes)} new, ${formatSize(outcome.reusedBytes)} were there`,
    ],
  ]);
}
