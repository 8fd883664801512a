import type { NameMatch, NameQuery, NameRecord } from './ports.ts';

/** The names of one kind, scope and version. Both give live records only. */
export interface Partition {
  exact(key: string): Promise<NameRecord | undefined>;
  /** The newest whose key starts so; case-sensitive. */
  newest(prefix: string): Promise<NameRecord | undefined>;
}

/**
 * The first match in the order that counts: scope by scope; in each the key exactly, the key as a prefix, then each
 * further prefix; the newest wins.
 */
export async function lookUp(
  query: NameQuery,
  open: (scope: string) => Partition,
  signal?: AbortSignal,
): Promise<NameMatch | undefined> {
  for (const scope of query.scopes) {
    signal?.throwIfAborted();
    const partition = open(scope);
    const exact = await partition.exact(query.key);
    if (exact !== undefined) return { record: exact, how: 'exact' };
    if (query.exact === true) continue;
    const longer = await partition.newest(query.key);
    if (longer !== undefined) return { record: longer, how: 'key-prefix' };
    for (const prefix of query.prefixes) {
      const record = await partition.newest(prefix);
      if (record !== undefined) return { record, how: 'restore-key' };
    }
  }
  return undefined;
}
