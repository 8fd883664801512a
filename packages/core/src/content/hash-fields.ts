import { createHash } from 'node:crypto';

/**
 * Each field as a netstring (`<length in bytes>:<bytes>,`), joined: no two lists of fields give the same bytes
 * (D. J. Bernstein, "Netstrings"). Strings count as UTF-8.
 */
export function netstrings(fields: readonly (string | Uint8Array)[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const field of fields) {
    const bytes = typeof field === 'string' ? Buffer.from(field, 'utf8') : field;
    parts.push(Buffer.from(`${bytes.byteLength}:`), bytes, COMMA);
  }
  return Buffer.concat(parts);
}

/** The sha256 over the netstrings of the fields, as 64 lower-case hex characters. */
export function hashFields(fields: readonly (string | Uint8Array)[]): string {
  return createHash('sha256').update(netstrings(fields)).digest('hex');
}

const COMMA = Buffer.from(',');
