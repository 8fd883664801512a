import type { KeyedStore, NameRecord } from '../content/index.ts';
import { quote } from './cache-log.ts';
import { CACHE_KIND } from './identity.ts';
import type { Reason } from './outcome.ts';
import { patternsOf } from './record-fields.ts';

export interface MissQuery {
  readonly key: string;
  readonly scopes: readonly string[];
  readonly version: string;
  readonly platform: string;
  readonly patterns: readonly string[];
}

export interface MissExplanation {
  readonly reason: Extract<Reason, 'no-entry' | 'other-paths' | 'other-platform' | 'other-scope' | 'evicted'>;
  /** One sentence for people; what comes from the store is quoted in it. */
  readonly text: string;
}

/** More entries of one key than this tell nothing new, and a miss must stay cheap. */
const LOOKED_AT = 200;

/** The nearest neighbour explains best. */
const NEAREST: readonly MissExplanation['reason'][] = [
  'evicted',
  'other-paths',
  'other-platform',
  'other-scope',
  'no-entry',
];

/**
 * Why nothing was found: an entry of the very same key may be there that this step cannot use. Best effort, over at most
 * 200 entries; a listing that fails explains nothing and is `no-entry`.
 */
export async function explainMiss(names: KeyedStore, query: MissQuery, signal?: AbortSignal): Promise<MissExplanation> {
  let best: MissExplanation = {
    reason: 'no-entry',
    text: `no entry has the key ${quote(query.key)} or starts with a restore key`,
  };
  let looked = 0;
  try {
    for await (const record of names.list(
      { kind: CACHE_KIND, prefix: query.key },
      signal === undefined ? {} : { signal },
    )) {
      if (++looked > LOOKED_AT) break;
      if (record.name.key !== query.key) continue;
      const found = explain(record, query);
      if (NEAREST.indexOf(found.reason) < NEAREST.indexOf(best.reason)) best = found;
    }
  } catch {
    return best;
  }
  return best;
}

function explain(record: NameRecord, query: MissQuery): MissExplanation {
  const key = quote(record.name.key);
  const ours = query.scopes.includes(record.name.scope);
  if (ours && record.name.version === query.version) {
    return { reason: 'evicted', text: `the entry with the key ${key} is past its retention` };
  }
  if (!ours) {
    const ref = record.name.scope.split('\0')[1] ?? record.name.scope;
    return {
      reason: 'other-scope',
      text: `an entry with the key ${key} was saved by ${quote(ref)}, which this run does not see`,
    };
  }
  const patterns = patternsOf(record);
  const samePaths = patterns !== undefined && patterns.join('\n') === query.patterns.join('\n');
  if (samePaths) {
    const platform = quote(record.fields['platform'] ?? '');
    return {
      reason: 'other-platform',
      text: `an entry with the key ${key} was saved on ${platform}, this is ${query.platform}`,
    };
  }
  const theirs = patterns === undefined ? 'other paths' : `the paths ${patterns.map(quote).join(', ')}`;
  return {
    reason: 'other-paths',
    text: `an entry with the key ${key} was saved with ${theirs}; this step has ${query.patterns.map(quote).join(', ')}`,
  };
}
