import {
  type EntryInputs,
  readCompressionLevel,
  readEntry,
  readStore,
  rejectUnbuilt,
  type SavePolicy,
  type UnsignedPolicy,
} from '@waybill/core/cache';
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
  'save',
  'unsigned',
  'restore-timeout',
  'compression-level',
  'overwrite',
  'retention-days',
  'allow-secrets',
  'upload-chunk-size',
  'save-always',
  'sign',
  'key-from',
  'preset',
  'github-token',
  'config',
  'insecure-registries',
  'job-status',
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

/** What the restore of the main step needs. */
export interface RestoreInputs {
  readonly lookupOnly: boolean;
  readonly failOnCacheMiss: boolean;
  readonly unsigned: UnsignedPolicy;
  readonly timeoutMs: number;
}

/** What both steps need, or the post step alone; goes to it through the state. */
export interface SaveInputs {
  /** What relative paths and `~` were read against. */
  readonly workspace: string;
  readonly home: string;
  readonly store: StoreChain;
  readonly crossOsArchive: boolean;
  readonly save: SavePolicy;
  readonly compressionLevel: number | 'auto';
  readonly overwrite: boolean;
  readonly retentionDays: number;
  readonly allowSecrets: boolean;
  /** `github-token`; empty where none was given. */
  readonly token: string;
}

export interface Inputs extends RestoreInputs, SaveInputs {
  readonly entry: EntryInputs;
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
    workspace: context.workspace,
    home: context.home,
    store: readStore(reader, { store: 'store', insecure: 'insecure-registries' }, context.defaultStore, context),
    lookupOnly: reader.classicBoolean('lookup-only'),
    failOnCacheMiss: reader.classicBoolean('fail-on-cache-miss'),
    crossOsArchive: reader.classicBoolean('enableCrossOsArchive'),
    save: reader.choice('save', ['auto', 'always', 'never', 'default-branch'], 'auto'),
    unsigned: reader.choice('unsigned', ['allow', 'warn', 'refuse'], 'warn'),
    timeoutMs: reader.integer('restore-timeout', { min: 1, max: 1440, fallback: 10 }) * 60_000,
    compressionLevel: readCompressionLevel(reader, 'compression-level'),
    overwrite: reader.boolean('overwrite'),
    retentionDays: reader.integer('retention-days', { min: 1, max: 3650, fallback: 90 }),
    allowSecrets: reader.boolean('allow-secrets'),
    token,
  };
  if (reader.classicBoolean('save-always')) {
    runner.warning(
      '`save-always` has no effect, as with actions/cache. Use `save: always` to save also when the job fails.',
    );
  }
  reader.finish();
  return inputs;
}

/** The state of the job, evaluated again before the post step; empty in nested composites. */
export function readJobStatus(runner: Runner): string {
  return new InputReader(runner).text('job-status').toLowerCase();
}
