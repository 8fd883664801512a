import { createHash } from 'node:crypto';
import { base32hex, base32hexNumber, escapeKey, type Name, type NameRecord, netstrings } from '../../content/index.ts';
import { type Digest, hexOf } from '../../oci/index.ts';

/** Characters of an escaped key that a tag keeps: with the rest it stays below the 128 of a tag. */
const KEPT = 70;
const TIME_DIGITS = 9;
/** 9 digits of base32hex hold 45 bits: the year 3084. */
const LAST_MS = 32 ** TIME_DIGITS - 1;

/** What a listed tag says: `l.<partition>.<escaped key, cut>.<inverse ms>.<hash of the key>.<digest of the target>`. */
export interface ListedTag {
  readonly tag: string;
  /** 8 digits of base32hex over kind, scope and version. */
  readonly partition: string;
  readonly escapedKey: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** 8 digits of base32hex over the key. */
  readonly keyHash: string;
  /** The first 12 digits of the target's digest ({@link targetDigits}). */
  readonly target: string;
}

const LISTED = /^l\.([0-9a-v]{8})\.([A-Za-z0-9_-]{0,70})\.([0-9a-v]{9})\.([0-9a-v]{8})\.([0-9a-v]{12})$/;

/** 8 digits that stand for kind, scope and version. */
export function partitionOf({ kind, scope, version }: Omit<Name, 'key'>): string {
  return shortHash([kind, scope, version], 8);
}

/** The tag under which a write of a name is listed; tags of one partition and key sort newest first. */
export function listedTag({ name, createdAt, target }: NameRecord): string {
  return [
    'l',
    partitionOf(name),
    cutKey(name.key),
    base32hexNumber(LAST_MS - createdAt, TIME_DIGITS),
    keyHashOf(name.key),
    targetDigits(target.digest),
  ].join('.');
}

/** 12 digits of base32hex: what a listed tag shows of its target. */
export function targetDigits(digest: Digest): string {
  return base32hex(Buffer.from(hexOf(digest), 'hex')).slice(0, 12);
}

/** What the tag says; undefined for a tag that is no listed name. */
export function parseListedTag(tag: string): ListedTag | undefined {
  const [, partition, escapedKey, inverse, keyHash, target] = LISTED.exec(tag) ?? [];
  if (partition === undefined || escapedKey === undefined || inverse === undefined) return undefined;
  if (keyHash === undefined || target === undefined) return undefined;
  return { tag, partition, escapedKey, createdAt: LAST_MS - Number.parseInt(inverse, 32), keyHash, target };
}

/** Whether the tag's key may start so, as far as a cut key can tell; case-sensitive. */
export function mayStartWith({ escapedKey }: ListedTag, prefix: string): boolean {
  return escapedKey.startsWith(cutKey(prefix));
}

/** Whether the tag is of a write of this name, as far as its hashes tell. */
export function isTagOf(listed: ListedTag, name: Name): boolean {
  return listed.partition === partitionOf(name) && listed.keyHash === keyHashOf(name.key);
}

/** The newest tag of each partition and key, newest first. */
export function newestOfEach(tags: readonly ListedTag[]): readonly ListedTag[] {
  const newest = new Map<string, ListedTag>();
  for (const each of tags) {
    const of = `${each.partition}.${each.escapedKey}.${each.keyHash}`;
    const known = newest.get(of);
    if (known === undefined || known.createdAt < each.createdAt) newest.set(of, each);
  }
  return [...newest.values()].sort((a, b) => b.createdAt - a.createdAt);
}

function cutKey(key: string): string {
  return escapeKey(key).slice(0, KEPT);
}

function keyHashOf(key: string): string {
  return shortHash([key], 8);
}

function shortHash(fields: readonly string[], digits: number): string {
  return base32hex(createHash('sha256').update(netstrings(fields)).digest()).slice(0, digits);
}
