import { WaybillError } from '../errors/index.ts';
import type { PathContext } from './path-set.ts';

/** An absolute path in parts, without separators; on Windows the first is the drive (`D:`). */
export type Parts = readonly string[];

/** A {@link PathContext}, read once. */
export interface Places {
  readonly workspace: Parts;
  readonly home: Parts;
  readonly windows: boolean;
}

/** Where a path stands among the places that have portable names. */
export interface PortableParts {
  readonly base: 'workspace' | 'home' | 'absolute';
  readonly rest: Parts;
}

/** @throws WaybillError `PATH_INVALID` (bug) where workspace or home is not absolute, or (user) is a network share. */
export function readPlaces(context: PathContext): Places {
  const windows = context.platform === 'win32';
  return {
    workspace: absoluteParts('workspace', context.workspace, windows),
    home: absoluteParts('home', context.home, windows),
    windows,
  };
}

/** Whether `inner` is `outer` or lies below it. */
export function contains(outer: Parts, inner: Parts, places: Places): boolean {
  return outer.length <= inner.length && outer.every((part, index) => sameName(part, inner[index] ?? '', places));
}

/** The workspace wins over the home where a path lies in both. */
export function portable(parts: Parts, places: Places): PortableParts {
  if (contains(places.workspace, parts, places))
    return { base: 'workspace', rest: parts.slice(places.workspace.length) };
  if (contains(places.home, parts, places)) return { base: 'home', rest: parts.slice(places.home.length) };
  return { base: 'absolute', rest: parts };
}

/**
 * One portable spelling. What would read as something else at the start of a line (`~`, `!`, `#`, a blank) gets `./` before it.
 * @param rest components, escaped where they are a pattern's
 */
export function spell(base: PortableParts['base'], rest: readonly string[], places: Places): string {
  const joined = rest.join('/');
  if (base === 'home') return joined === '' ? '~' : `~/${joined}`;
  if (base === 'absolute') return places.windows ? joined + (rest.length === 1 ? '/' : '') : `/${joined}`;
  if (joined === '') return '.';
  return /^[~!#\s]/.test(joined) ? `./${joined}` : joined;
}

/** The path as this platform spells it. */
export function toDir(parts: Parts, places: Places): string {
  if (!places.windows) return `/${parts.join('/')}`;
  return parts.length === 1 ? `${parts[0]}\\` : parts.join('\\');
}

function sameName(a: string, b: string, places: Places): boolean {
  return a === b || (places.windows && a.toLowerCase() === b.toLowerCase());
}

function absoluteParts(what: string, path: string, windows: boolean): Parts {
  const text = windows ? path.replaceAll('\\', '/') : path;
  if (windows && text.startsWith('//')) {
    throw new WaybillError('PATH_INVALID', `the ${what} ${JSON.stringify(path)} is a network share`, {
      kind: 'user',
      hint: 'Map the share to a drive letter.',
    });
  }
  if (!(windows ? /^[A-Za-z]:\// : /^\//).test(text)) {
    throw new WaybillError('PATH_INVALID', `the ${what} must be an absolute path, found ${JSON.stringify(path)}`, {
      kind: 'bug',
    });
  }
  const parts: string[] = [];
  const fixed = windows ? 1 : 0;
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > fixed) parts.pop();
  }
  if (windows) parts[0] = (parts[0] ?? '').toUpperCase();
  return parts;
}
