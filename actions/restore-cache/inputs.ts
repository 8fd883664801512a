import {
  readKey,
  readPaths,
  readRestoreKeys,
  readStore,
  rejectUnbuilt,
  type UnsignedPolicy,
} from '@waybill/core/cache';
import type { StoreUri } from '@waybill/core/content';
import type { PathSet } from '@waybill/core/paths';
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
  readonly paths: PathSet;
  readonly key: string;
  readonly restoreKeys: readonly string[];
  readonly store: StoreUri;
  readonly lookupOnly: boolean;
  readonly failOnCacheMiss: boolean;
  readonly crossOsArchive: boolean;
  readonly unsigned: UnsignedPolicy;
  readonly timeoutMs: number;
}

/**
 * The step's inputs, each read once.
 * @throws WaybillError `INPUT_INVALID` that names everything that is wrong
 */
export function readInputs(runner: Runner, context: RunContext): Inputs {
  const reader = new InputReader(runner);
  runner.mask(reader.text('github-token'));
  rejectUnbuilt(reader, ['key-from', 'preset', 'config', 'insecure-registries']);
  const inputs: Inputs = {
    paths: readPaths(reader, 'path', 'paths', context).set,
    key: readKey(reader, 'key'),
    restoreKeys: readRestoreKeys(reader, 'restore-keys'),
    store: readStore(reader, 'store', context.defaultStore, context),
    lookupOnly: reader.classicBoolean('lookup-only'),
    failOnCacheMiss: reader.classicBoolean('fail-on-cache-miss'),
    crossOsArchive: reader.classicBoolean('enableCrossOsArchive'),
    unsigned: reader.choice('unsigned', ['allow', 'warn', 'refuse'], 'warn'),
    timeoutMs: reader.integer('restore-timeout', { min: 1, max: 1440, fallback: 10 }) * 60_000,
  };
  reader.finish();
  return inputs;
}
