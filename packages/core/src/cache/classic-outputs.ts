import { isHit, type RestoreOutcome } from './outcome.ts';

/** The three outputs of actions/cache. One that is undefined is not set: workflows tell `''` and `'false'` apart. */
export interface ClassicOutputs {
  readonly 'cache-hit': 'true' | 'false' | undefined;
  readonly 'cache-primary-key': string | undefined;
  readonly 'cache-matched-key': string | undefined;
}

const UNSET: ClassicOutputs = {
  'cache-hit': undefined,
  'cache-primary-key': undefined,
  'cache-matched-key': undefined,
};

/**
 * What actions/cache would have set (its src/restoreImpl.ts): a miss leaves `cache-hit` unset, on purpose (actions/cache#1466).
 * @param key undefined where it could not be derived
 */
export function classicOutputs(outcome: RestoreOutcome, key: string | undefined): ClassicOutputs {
  if (outcome.reason === 'no-service') return { ...UNSET, 'cache-hit': 'false' };
  if (outcome.reason === 'no-ref') return UNSET;
  if (!isHit(outcome)) return { ...UNSET, 'cache-primary-key': key };
  return {
    'cache-hit': outcome.result === 'exact' ? 'true' : 'false',
    'cache-primary-key': key,
    'cache-matched-key': outcome.matchedKey,
  };
}

/** Whether `fail-on-cache-miss` fails the step. Where actions/cache never looked, it never fails either. */
export function failsOnMiss(outcome: RestoreOutcome): boolean {
  return !isHit(outcome) && outcome.reason !== 'no-service' && outcome.reason !== 'no-ref';
}
