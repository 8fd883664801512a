import type { FingerprintEntry, TreeFingerprint } from './fingerprint.ts';

/**
 * What differs between two trees, a line each, in path order: `missing`, `unexpected`, or the fields with expected and found.
 * Empty where they are the same. At most `limit` lines, and then one that tells how many more there are.
 */
export function diffTrees(expected: TreeFingerprint, found: TreeFingerprint, limit = 10): string[] {
  const lines: string[] = [];
  let at = 0;
  let other = 0;
  while (at < expected.length || other < found.length) {
    const a = expected[at];
    const b = found[other];
    const order = a === undefined ? 1 : b === undefined ? -1 : Buffer.compare(a.path, b.path);
    if (order < 0 && a !== undefined) lines.push(`${show(a)}: missing`);
    else if (order > 0 && b !== undefined) lines.push(`${show(b)}: unexpected`);
    else if (a !== undefined && b !== undefined) {
      const fields = differences(a, b);
      if (fields.length > 0) lines.push(`${show(a)}: ${fields.join('; ')}`);
    }
    if (order <= 0) at++;
    if (order >= 0) other++;
  }
  return lines.length <= limit ? lines : [...lines.slice(0, limit), `… and ${lines.length - limit} more`];
}

function differences(a: FingerprintEntry, b: FingerprintEntry): string[] {
  const pairs: readonly [string, string, string][] = [
    ['type', a.type, b.type],
    ['mode', a.mode.toString(8), b.mode.toString(8)],
    ['size', String(a.size), String(b.size)],
    ['sha256', a.sha256.slice(0, 12), b.sha256.slice(0, 12)],
    ['mtime', String(a.mtimeMicroseconds), String(b.mtimeMicroseconds)],
    ['target', printable(a.target), printable(b.target)],
  ];
  return pairs.filter(([, x, y]) => x !== y).map(([field, x, y]) => `${field} expected ${x}, found ${y}`);
}

function show(entry: FingerprintEntry): string {
  return entry.path.length === 0 ? '(root)' : printable(entry.path);
}

/** Bytes that are no text stand as `\xNN`. */
function printable(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return JSON.stringify(text).slice(1, -1);
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}
