import { createHash } from 'node:crypto';

/** What a field of a key keeps as it is; `:` and `+` separate, `%` escapes, `~` marks what was cut. */
const PLAIN = /[A-Za-z0-9._/@=-]/;

/** Room for `~` and 12 hex. */
const MARK_LENGTH = 13;

/**
 * The text as a field of a key may hold it: bytes of its UTF-8 outside of letters, digits and `. _ / @ = -` become `%`
 * and two upper-case hex digits. No two texts give the same field.
 */
export function escapeField(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte);
    out += PLAIN.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/**
 * An escaped field, at most `max` characters: what is longer is cut and ends in `~` and 12 hex of the sha256 of all of it.
 * @param max at least 14
 */
export function fitField(escaped: string, max: number): string {
  if (escaped.length <= max) return escaped;
  const kept = escaped.slice(0, max - MARK_LENGTH).replace(/%[0-9A-F]?$/, '');
  return `${kept}~${createHash('sha256')
    .update(escaped)
    .digest('hex')
    .slice(0, MARK_LENGTH - 1)}`;
}
