import { type EntryInputs, readCompressionLevel, readEntry, readStore, rejectUnbuilt } from '@waybill/core/cache';
import type { StoreChain } from '@waybill/core/content';
import { InputReader, type RunContext, type Runner } from '@waybill/core/runner';

export const INPUT_NAMES = [
  'path',
  'paths',
  'key',
  'store',
  'enableCrossOsArchive',
  'upload-chunk-size',
  'compression-level',
  'overwrite',
  'retention-days',
  'allow-secrets',
  'sign',
  'key-from',
  'preset',
  'github-token',
  'config',
  'insecure-registries',
] as const;

export const OUTPUT_NAMES = ['result', 'reason', 'digest', 'uploaded-bytes', 'reused-bytes', 'duration-ms'] as const;

export interface Inputs {
  readonly entry: EntryInputs;
  readonly store: StoreChain;
  readonly crossOsArchive: boolean;
  readonly compressionLevel: number | 'auto';
  readonly overwrite: boolean;
  readonly retentionDays: number;
  readonly allowSecrets: boolean;
  /** `github-token`; empty where none was given. */
  readonly token: string;
  /** Every token that this step was given. */
  readonly tokens: readonly string[];
}

/**
 * The step's inputs, each read once. `upload-chunk-size` is one of actions/cache, accepted and without effect.
 * @throws WaybillError `INPUT_INVALID` that names everything that is wrong
 */
export async function readInputs(runner: Runner, context: RunContext): Promise<Inputs> {
  const reader = new InputReader(runner);
  const token = reader.text('github-token');
  runner.mask(token);
  rejectUnbuilt(reader, ['config']);
  if (reader.boolean('sign')) {
    reader.reject({
      name: 'sign',
      value: 'true',
      why: 'signed saves are not in this version',
      accepted: '`false`',
      example: 'false',
    });
  }
  const inputs: Inputs = {
    entry: await readEntry(
      reader,
      { path: 'path', alias: 'paths', key: 'key', preset: 'preset', from: 'key-from' },
      context,
    ),
    store: readStore(reader, { store: 'store', insecure: 'insecure-registries' }, context.defaultStore, context),
    crossOsArchive: reader.classicBoolean('enableCrossOsArchive'),
    compressionLevel: readCompressionLevel(reader, 'compression-level'),
    overwrite: reader.boolean('overwrite'),
    retentionDays: reader.integer('retention-days', { min: 1, max: 3650, fallback: 90 }),
    allowSecrets: reader.boolean('allow-secrets'),
    token,
    tokens: token === '' ? context.tokens : [token, ...context.tokens],
  };
  reader.finish();
  return inputs;
}
