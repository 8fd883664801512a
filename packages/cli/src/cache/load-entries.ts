import { CACHE_KIND } from '@waybill/core/cache';
import { isExpired, type NameRecord } from '@waybill/core/content';
import type { Options } from '../command/index.ts';
import { fullRef, type Names, scopeParts } from '../session/index.ts';

/** Options that leave entries out. */
export const FILTER_OPTIONS = {
  ref: { type: 'list', value: 'REF', help: 'only entries of this branch or refs/…' },
  repository: { type: 'text', value: 'OWNER/REPO', help: 'only entries of this repository' },
} as const satisfies Options;

export interface EntryFilter {
  readonly ref: readonly string[];
  readonly repository: string | undefined;
  /** Only keys that start so. */
  readonly prefix?: string | undefined;
  readonly key?: string | undefined;
  /** Only those past their retention, at this time (milliseconds since the epoch). */
  readonly expiredAt?: number | undefined;
}

/** The entries of a store that fit, expired ones too, the newest first. */
export async function loadEntries(
  names: Names,
  { ref, repository, prefix, key, expiredAt }: EntryFilter,
  signal: AbortSignal,
): Promise<readonly NameRecord[]> {
  const refs = ref.map(fullRef);
  const records: NameRecord[] = [];
  const start = key ?? prefix;
  const filter = { kind: CACHE_KIND, ...(start === undefined ? {} : { prefix: start }) };
  for await (const record of names.list(filter, { signal })) {
    signal.throwIfAborted();
    const scope = scopeParts(record.name.scope);
    if (refs.length > 0 && (scope.ref === undefined || !refs.includes(scope.ref))) continue;
    if (repository !== undefined && scope.repository !== repository) continue;
    if (key !== undefined && record.name.key !== key) continue;
    if (expiredAt !== undefined && !isExpired(record, expiredAt)) continue;
    records.push(record);
  }
  return records.sort((a, b) => b.createdAt - a.createdAt || (a.name.key < b.name.key ? -1 : 1));
}
