import type { Digest } from '../../oci/index.ts';
import type { StoredBlob, UsedName } from './scan.ts';

export interface EvictionInput {
  /** Least recently used first. */
  readonly names: readonly UsedName[];
  readonly blobs: ReadonlyMap<Digest, StoredBlob>;
  /** What a name's target reaches, itself included. */
  readonly reach: (name: UsedName) => ReadonlySet<Digest>;
  /** What stays whatever happens to the names. */
  readonly pinned: ReadonlySet<Digest>;
  readonly keep: (name: UsedName) => boolean;
  /** Nothing is evicted up to here. */
  readonly maxBytes: number;
  /** Bytes that may remain when something is. */
  readonly targetBytes: number;
}

/**
 * The names to evict, whole snapshots least recently used first, until what the remaining ones reach fits. What no name
 * reaches does not count: it goes anyway, as soon as it is old enough.
 */
export function planEviction({
  names,
  blobs,
  reach,
  pinned,
  keep,
  maxBytes,
  targetBytes,
}: EvictionInput): readonly UsedName[] {
  const users = new Map<Digest, number>();
  let bytes = 0;
  const sizeOf = (digest: Digest) => blobs.get(digest)?.size ?? 0;
  for (const digest of pinned) {
    users.set(digest, 1);
    bytes += sizeOf(digest);
  }
  for (const name of names) {
    for (const digest of reach(name)) {
      const count = users.get(digest) ?? 0;
      if (count === 0) bytes += sizeOf(digest);
      users.set(digest, count + 1);
    }
  }

  const evicted: UsedName[] = [];
  if (bytes <= maxBytes) return evicted;
  for (const name of names) {
    if (bytes <= targetBytes) break;
    if (keep(name)) continue;
    evicted.push(name);
    for (const digest of reach(name)) {
      const count = (users.get(digest) ?? 0) - 1;
      users.set(digest, count);
      if (count === 0) bytes -= sizeOf(digest);
    }
  }
  return evicted;
}
