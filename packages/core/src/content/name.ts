import { WaybillError } from '../errors/index.ts';
import { base32hex } from './base32hex.ts';
import { hashFields } from './hash-fields.ts';
import type { Name, NameRecord } from './ports.ts';

/** Longest key in characters (UTF-16 code units), as with actions/cache. */
export const MAX_KEY_LENGTH = 512;

/** Whether both are the same name, byte for byte. */
export function sameName(a: Name, b: Name): boolean {
  return a.key === b.key && a.scope === b.scope && a.version === b.version && a.kind === b.kind;
}

/** Whether the record is no longer found at this time (milliseconds since the epoch). */
export function isExpired(record: NameRecord, now: number): boolean {
  return record.expiresAt !== undefined && now >= record.expiresAt;
}

/** 64 hex that stand for the whole name. */
export function nameHash(name: Name): string {
  return hashFields([name.kind, name.scope, name.version, name.key]);
}

/**
 * The name as a tag or reference name that every OCI tool takes: `x.` and the first 32 digits of base32hex over
 * {@link nameHash}.
 */
export function nameRef(name: Name): string {
  return `x.${base32hex(Buffer.from(nameHash(name), 'hex')).slice(0, 32)}`;
}

/**
 * The name itself, if a store can keep it.
 * @throws WaybillError `NAME_INVALID`
 */
export function checkName(name: Name): Name {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name.kind))
    throw invalid(`kind ${JSON.stringify(name.kind)}`, 'a lower-case word', 'bug');
  if (name.key.length < 1 || name.key.length > MAX_KEY_LENGTH) {
    throw invalid(`key of ${name.key.length} characters`, `1 to ${MAX_KEY_LENGTH}`, 'user');
  }
  for (const text of [name.key, name.scope, name.version]) {
    if (!text.isWellFormed()) throw invalid(JSON.stringify(text), 'whole Unicode characters', 'user');
  }
  return name;
}

function invalid(found: string, expected: string, kind: 'user' | 'bug'): WaybillError {
  return new WaybillError('NAME_INVALID', `a name cannot be stored: ${found}, expected ${expected}`, {
    kind,
    hint: `Use a key of 1 to ${MAX_KEY_LENGTH} characters.`,
  });
}
