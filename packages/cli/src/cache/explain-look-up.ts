import { isExpired, type NameQuery, type NameRecord } from '@waybill/core/content';

/** One question of a look-up, in the order in which they are asked. */
export interface Step {
  readonly scope: string;
  readonly kind: 'exact' | 'key-prefix' | 'restore-key';
  /** What keys are compared with. */
  readonly text: string;
  /** Undefined: nothing there. */
  readonly found: NameRecord | undefined;
}

/** An entry that the look-up does not take, and why. */
export interface NearMiss {
  readonly record: NameRecord;
  readonly why: 'expired' | 'other-paths-or-platform' | 'other-scope' | 'similar-key';
}

export interface LookUpExplanation {
  /** Up to the first that found something. */
  readonly steps: readonly Step[];
  readonly nearMisses: readonly NearMiss[];
}

/** Nearer ones tell more. */
const NEAREST: readonly NearMiss['why'][] = ['expired', 'other-paths-or-platform', 'other-scope', 'similar-key'];
const SHOWN = 10;
/** Keys that begin alike by less than this share of the wanted one are no neighbours. */
const ALIKE = 0.5;

/**
 * What a look-up (see `NameQuery`) asks and finds among these names, and which names nearly fit.
 * @param records all of the store, of one kind
 * @param now milliseconds since the epoch
 */
export function explainLookUp(records: readonly NameRecord[], query: NameQuery, now: number): LookUpExplanation {
  const steps = stepsOf(records, query, now);
  const found = steps.at(-1)?.found;
  const nearMisses = records
    .flatMap((record) => {
      const why = record === found ? undefined : nearMiss(record, query, now);
      return why === undefined ? [] : [{ record, why }];
    })
    .sort(
      (a, b) =>
        NEAREST.indexOf(a.why) - NEAREST.indexOf(b.why) ||
        sharedLength(b.record.name.key, query.key) - sharedLength(a.record.name.key, query.key) ||
        b.record.createdAt - a.record.createdAt,
    )
    .slice(0, SHOWN);
  return { steps, nearMisses };
}

function stepsOf(records: readonly NameRecord[], query: NameQuery, now: number): readonly Step[] {
  const steps: Step[] = [];
  for (const scope of query.scopes) {
    const live = records
      .filter(({ name }) => name.kind === query.kind && name.scope === scope && name.version === query.version)
      .filter((record) => !isExpired(record, now))
      .sort((a, b) => b.createdAt - a.createdAt);
    const starting = (prefix: string) => live.find(({ name }) => name.key.startsWith(prefix));
    const asked: readonly Step[] = [
      { scope, kind: 'exact', text: query.key, found: live.find(({ name }) => name.key === query.key) },
      { scope, kind: 'key-prefix', text: query.key, found: starting(query.key) },
      ...query.prefixes.map((text) => ({ scope, kind: 'restore-key' as const, text, found: starting(text) })),
    ];
    for (const step of asked) {
      steps.push(step);
      if (step.found !== undefined) return steps;
    }
  }
  return steps;
}

function nearMiss(record: NameRecord, query: NameQuery, now: number): NearMiss['why'] | undefined {
  const { key, scope, version } = record.name;
  const seen = query.scopes.includes(scope);
  const fits = [query.key, ...query.prefixes].some((text) => key.startsWith(text));
  if (fits && !seen) return 'other-scope';
  if (fits && version !== query.version) return 'other-paths-or-platform';
  if (fits) return isExpired(record, now) ? 'expired' : undefined;
  const alike = sharedLength(key, query.key) >= Math.max(3, query.key.length * ALIKE);
  return seen && version === query.version && alike ? 'similar-key' : undefined;
}

function sharedLength(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
