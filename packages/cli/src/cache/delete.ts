import { type NameRecord, placeOf } from '@waybill/core/content';
import { errorMessage, WaybillError } from '@waybill/core/errors';
import { defineVerb, ExitCode, seeHelp, usageError, type Verb } from '../command/index.ts';
import { type OpenedStore, type Session, STORE_OPTIONS, showScope } from '../session/index.ts';
import { formatCount, formatTable, formatTime, oneLine } from '../terminal/index.ts';
import { entryDocument } from './entry-document.ts';
import { FILTER_OPTIONS, loadEntries } from './load-entries.ts';
import { noEntry } from './no-entry.ts';

const NAME = 'cache delete';

export const remove: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'delete entries',
    about: [
      'The names go at once. Bytes that no other entry needs go when the store is tidied next: a folder after a save, a',
      'registry by its own garbage collection.',
    ],
    positionals: [{ name: 'KEY', help: 'the whole key; or give --prefix or --expired', required: false }],
    options: {
      prefix: { type: 'text', value: 'PREFIX', help: 'all entries whose keys start so; case counts' },
      expired: { type: 'flag', help: 'only entries past their retention, alone or of a KEY or --prefix' },
      yes: { type: 'flag', short: 'y', help: 'do not ask' },
      'dry-run': { type: 'flag', short: 'n', help: 'only tell what would be deleted' },
      ...FILTER_OPTIONS,
      ...STORE_OPTIONS,
    },
    examples: [
      { line: 'waybill cache delete deps-1', what: 'one key, after a question' },
      { line: 'waybill cache delete --prefix deps- --dry-run', what: 'what would go' },
      { line: 'waybill cache delete --expired --yes', what: 'what no restore finds any more' },
      { line: 'waybill cache delete --prefix "" --ref my-branch --yes', what: 'all of a branch, in a script' },
    ],
    exitCodes: {
      [ExitCode.done]: 'deleted',
      [ExitCode.notFound]: 'no entry fits, or the answer was no',
      [ExitCode.failed]: 'the store failed',
    },
  },
  async ({ values, positionals: [key] }, session) => {
    const { print, signal } = session;
    const { prefix } = values;
    const given = [key, prefix].filter((each) => each !== undefined).length;
    if (given > 1 || (given === 0 && !values.expired))
      throw usageError(`waybill ${NAME}: give a KEY or --prefix, one of them, or --expired`, seeHelp(NAME));
    const opened = await session.openStore(values.store, 'push');
    const { names, shown } = opened;
    const expiredAt = values.expired ? session.machine.now() : undefined;
    const records = await loadEntries(names, { ...values, key, expiredAt }, signal);
    if (records.length === 0) return noEntry(print, key ?? `${prefix ?? ''}…`, shown);
    if (!values['dry-run'] && !values.yes && !(await isConfirmed(records, session))) {
      print.result({ store: shown, deleted: [], kept: records.length }, []);
      print.info('nothing was deleted');
      return ExitCode.notFound;
    }
    const deleted: NameRecord[] = [];
    for (const record of records) {
      signal.throwIfAborted();
      // What somebody saved under the name since it was listed is not what was confirmed.
      const gone = values['dry-run'] || (await names.remove(record.name, { expected: record.target.digest, signal }));
      if (gone) deleted.push(record);
      else print.notice(`${JSON.stringify(record.name.key)} was saved anew or deleted meanwhile, and is left alone`);
    }
    if (!values['dry-run']) await dropUnnamed(deleted, opened, session);
    const now = session.machine.now();
    const entries = deleted.map((record) => entryDocument(record, undefined, now));
    print.result({ store: shown, dryRun: values['dry-run'], deleted: entries }, [
      // Who confirmed has just seen them.
      ...(values['dry-run'] || values.yes ? table(deleted) : []),
      `${formatCount(deleted.length, 'entry', 'entries')} ${values['dry-run'] ? 'would be deleted' : 'deleted'}`,
    ]);
    return ExitCode.done;
  },
);

/**
 * Deletes from each registry the snapshots that no name there points at any more: its garbage collection keeps whatever has
 * a manifest. A folder tidies itself. A registry that does not delete is no error.
 */
async function dropUnnamed(
  deleted: readonly NameRecord[],
  { chain }: OpenedStore,
  { connectRegistry, print, signal }: Session,
): Promise<void> {
  const registries = chain.tiers.flat().filter((uri) => uri.kind === 'oci');
  if (registries.length === 0 || deleted.length === 0) return;
  const { namedTargets } = await import('@waybill/core/registry');
  for (const uri of registries) {
    const { registry } = await connectRegistry(uri, 'push');
    try {
      const isNamed = await namedTargets(registry, { signal });
      for (const { target } of deleted) {
        if (!isNamed(target.digest)) await registry.manifests.delete({ digest: target.digest }, { signal });
      }
    } catch (error) {
      signal.throwIfAborted();
      print.notice(`the names are deleted; bytes of theirs may stay in ${placeOf(uri)}: ${errorMessage(error)}`);
    }
  }
}

async function isConfirmed(records: readonly NameRecord[], { confirm }: Session): Promise<boolean> {
  if (confirm === undefined)
    throw new WaybillError(
      'NOT_CONFIRMED',
      `${formatCount(records.length, 'entry', 'entries')} would be deleted, and nobody is here to be asked`,
      {
        kind: 'user',
        hint: 'Give --yes, or --dry-run to see what would go.',
      },
    );
  return confirm([...table(records), `Delete ${formatCount(records.length, 'entry', 'entries')}?`].join('\n'));
}

function table(records: readonly NameRecord[]): readonly string[] {
  return formatTable(
    [
      { title: 'KEY', align: 'left' },
      { title: 'SAVED (UTC)', align: 'left' },
      { title: 'SCOPE', align: 'left' },
    ],
    records.map(({ name, createdAt }) => [oneLine(name.key), formatTime(createdAt), oneLine(showScope(name.scope))]),
  );
}
