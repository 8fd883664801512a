import type { BytePath } from './path-set.ts';

const NOT_ASCII = /[^\0-\x7f]/;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text, or the name that `readdir` gave with `encoding: 'buffer'`, as its bytes. Text is taken as UTF-8. */
export function fromFsName(name: string | Uint8Array): BytePath {
  if (typeof name !== 'string') return Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('latin1');
  return NOT_ASCII.test(name) ? Buffer.from(name, 'utf8').toString('latin1') : name;
}

/** For people: bytes that are not UTF-8 show as U+FFFD, so two paths may look the same. */
export function utf8Of(path: BytePath): string {
  return NOT_ASCII.test(path) ? Buffer.from(path, 'latin1').toString('utf8') : path;
}

/** The text that these bytes spell, undefined where they are not UTF-8. */
export function exactTextOf(path: BytePath): string | undefined {
  if (!NOT_ASCII.test(path)) return path;
  try {
    return strict.decode(Buffer.from(path, 'latin1'));
  } catch {
    return undefined;
  }
}

/** What `node:fs` takes for these bytes. A string wherever they are UTF-8: buffers are slower, and not known to long paths on Windows. */
export function toFsArgument(bytes: BytePath): string | Buffer {
  return exactTextOf(bytes) ?? Buffer.from(bytes, 'latin1');
}

/**
 * The place of an entry as `node:fs` takes it: a string where the path is UTF-8, else its bytes.
 * @param dir absolute, as `Root.dir`
 * @param path of the entry below it; empty for `dir` itself
 */
export function toFsPath(dir: string, path: BytePath): string | Buffer {
  if (path === '') return dir;
  const text = exactTextOf(path);
  const parent = dir.endsWith('/') ? dir : `${dir}/`;
  return text === undefined ? Buffer.concat([Buffer.from(parent), Buffer.from(path, 'latin1')]) : parent + text;
}

/** Below 0 where `a` comes first: the order of the bytes of two texts in UTF-8, whatever the machine's language. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
