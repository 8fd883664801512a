import { base32hexNumber } from '../base32hex.ts';
import { keyHash } from './layout-paths.ts';

/** Before the key, so that no file is called `CON.…` or `nul.…`, which Windows reserves. */
const LEAD = '_';
/** Characters of an escaped key that a marker keeps: the name stays within the 143 bytes that eCryptfs allows. */
const KEPT = 96;
const TIME_DIGITS = 9;
const HASH_DIGITS = 32;
/** 9 digits of base32hex hold 45 bits: the year 3084. */
const LAST_MS = 32 ** TIME_DIGITS - 1;

/** What the name of a marker file says: `_<escaped key, cut>.<inverse ms>.<32 hex of the key's sha256>`. */
export interface Marker {
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** 32 hex. */
  readonly hash: string;
}

/**
 * The key with every byte of its UTF-8 outside `[A-Za-z0-9-]` as `_xx`. Byte by byte, so a prefix of the key gives a
 * prefix of the escape.
 */
export function escapeKey(key: string): string {
  let out = '';
  for (const byte of Buffer.from(key, 'utf8')) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9-]/.test(char) ? char : `_${byte.toString(16).padStart(2, '0')}`;
  }
  return out;
}

export function markerFile(key: string, createdAt: number): string {
  return `${LEAD}${escapeKey(key).slice(0, KEPT)}.${base32hexNumber(LAST_MS - createdAt, TIME_DIGITS)}.${keyHash(key)}`;
}

/** What the file name says; undefined for a file that is no marker. */
export function parseMarker(file: string): Marker | undefined {
  const tail = TIME_DIGITS + HASH_DIGITS + 2;
  if (file.length < tail || file.charAt(file.length - tail) !== '.') return undefined;
  const createdAt = LAST_MS - Number.parseInt(file.slice(1 - tail, -HASH_DIGITS - 1), 32);
  if (!Number.isSafeInteger(createdAt)) return undefined;
  return { file, createdAt, hash: file.slice(-HASH_DIGITS) };
}

/** The files that may be markers of keys with this prefix, as far as a cut key can tell. */
export function mayStartWith(files: readonly string[], prefix: string): readonly string[] {
  const wanted = `${LEAD}${escapeKey(prefix).slice(0, KEPT)}`;
  return files.filter((file) => file.startsWith(wanted));
}

/** Newest first; files that are no markers left out. */
export function newestFirst(files: readonly string[]): readonly Marker[] {
  return files
    .map(parseMarker)
    .filter((marker) => marker !== undefined)
    .sort((a, b) => b.createdAt - a.createdAt);
}
