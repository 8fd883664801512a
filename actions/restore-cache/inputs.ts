import { type EntryInputs, readEntry, readStore, rejectUnbuilt, type UnsignedPolicy } from '@waybill/core/cache';
import type { StoreChain } from '@waybill/core/content';
import { InputReader, type RunContext, type Runner } from '@waybill/core/runner';

export const INPUT_NAMES = [
  'path',
  'paths',
  'key',
  'restore-keys',
  'store',
  'lookup-only',
  'fail-on-cache-miss',
  'enableCrossOsArchive',
  'unsigned',
  'restore-timeout',
  'key-from',
  'preset',
  'github-token',
  'config',
  'insecure-registries',
] as const;

export const OUTPUT_NAMES = [
  'cache-hit',
  'cache-primary-key',
  'cache-matched-key',
  'result',
  'reason',
  'digest',
  'restored-files',
  'restored-bytes',
  'downloaded-bytes',
  'duration-ms',
] as const;

export interface Inputs {
  readonly entry: EntryInputs;
  readonly store: StoreChain;
  readonly lookupOnly: boolean;
  readonly failOnCacheMiss: boolean;
  readonly crossOsArchive: boolean;
  readonly unsigned: UnsignedPolicy;
  readonly timeoutMs: number;
  /** `github-token`; empty where none was given. */
  readonly token: string;
}

/**
 * The step's inputs, each read once.
 * @throws WaybillError `INPUT_INVALID` that names everything that is wrong
 */
export async function readInputs(runner: Runner, context: RunContext): Promise<Inputs> {
  const reader = new InputReader(runner);
  const token = reader.text('github-token');
  runner.mask(token);
  rejectUnbuilt(reader, ['config']);
  const inputs: Inputs = {
    entry: await readEntry(
      reader,
      {
        path: 'path',
        alias: 'paths',
        key: 'key',
        restoreKeys: 'restore-keys',
        preset: 'preset',
        from: 'key-from',
      },
      context,
    ),
    store: readStore(reader, { store: 'store', insecure: 'insecure-registries' }, context.defaultStore, context),
    lookupOnly: reader.classicBoolean('lookup-only'),
    failOnCacheMiss: reader.classicBoolean('fail-on-cache-miss'),
    crossOsArchive: reader.classicBoolean('enableCrossOsArchive'),
    unsigned: reader.choice('unsigned', ['allow', 'warn', 'refuse'], 'warn'),
    timeoutMs: reader.integer('restore-timeout', { min: 1, max: 1440, fallback: 10 }) * 60_000,
    token,
  };
  reader.finish();
  return inputs;
}
