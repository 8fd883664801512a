import type { NameRecord } from '../content/index.ts';
import type { Digest } from '../oci/index.ts';

/**
 * What an entry says of itself beside its name (S2-8): who saved it, from what, for whom. Unknown is absent. Its time to
 * live is the record's own `expiresAt`, its use the store's `Access`.
 */
export interface EntryFields {
  readonly cacheKey: string;
  readonly contentHash: Digest;
  /** Of the tree, in decimal: how many files, and bytes of all of them. */
  readonly files: string;
  readonly rawBytes: string;
  /** `<os>-<arch>` that it was saved on. */
  readonly platform: string;
  readonly patterns: readonly string[];
  /** ISO-8601. */
  readonly createdAt: string;
  readonly repository?: string | undefined;
  readonly ref?: string | undefined;
  readonly commit?: string | undefined;
  readonly runId?: string | undefined;
  /** The account that started the run. */
  readonly savedBy?: string | undefined;
  readonly toolchain?: string | undefined;
  readonly lockfileHash?: Digest | undefined;
}

/** The fields as a record keeps them. */
export function encodeFields(fields: EntryFields): Readonly<Record<string, string>> {
  const { patterns, ...texts } = fields;
  const known = Object.entries(texts).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  return { ...Object.fromEntries(known), patterns: JSON.stringify(patterns) };
}

/** The patterns that an entry was saved with; undefined where it does not say. */
export function patternsOf(record: NameRecord): readonly string[] | undefined {
  try {
    const json: unknown = JSON.parse(record.fields['patterns'] ?? '');
    return Array.isArray(json) && json.every((each) => typeof each === 'string') ? json : undefined;
  } catch {
    return undefined;
  }
}
