import { posix } from 'node:path';
import { WaybillError } from '../../errors/index.ts';

/** What a `.dockerignore` says. */
export interface DockerIgnore {
  /** Whether the path (relative to the context, `/` between) stays out of the context. */
  leavesOut(path: string): boolean;
  /** Whether nothing below this folder gets in, if the folder itself stays out. */
  leavesOutAllBelow(folder: string): boolean;
}

interface Rule {
  /** The line began with `!`: what it matches gets in again. */
  readonly exception: boolean;
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
}

/** Lets everything in. */
export const NO_DOCKER_IGNORE: DockerIgnore = { leavesOut: () => false, leavesOutAllBelow: () => false };

/**
 * Reads a `.dockerignore` as BuildKit does (github.com/moby/patternmatcher 0.6: `ignorefile.ReadAll`, then
 * `MatchesOrParentMatches`): the last line that matches the path or a folder above it counts.
 * @param file its name, for messages
 * @throws WaybillError `DOCKERIGNORE_INVALID` (user) for a pattern that BuildKit refuses
 */
export function parseDockerIgnore(text: string, file: string): DockerIgnore {
  const rules = text
    .replace(/^\u{FEFF}/u, '')
    .split('\n')
    .flatMap((line, at) => readLine(line.replace(/\r$/, ''), `${file}:${at + 1}`));
  const leavesOut = (path: string): boolean => {
    const places = [path, ...foldersAbove(path)];
    let out = false;
    for (const { exception, matches } of rules) {
      if (exception === out && places.some(matches)) out = !exception;
    }
    return out;
  };
  const exceptions = rules.filter(({ exception }) => exception);
  return {
    leavesOut,
    // An exception with a wildcard may match anywhere below; one without only where its own path leads through the folder.
    leavesOutAllBelow: (folder) =>
      leavesOut(folder) &&
      exceptions.every(({ pattern }) => !/[*?[\\]/.test(pattern) && !`${pattern}/`.startsWith(`${folder}/`)),
  };
}

function readLine(line: string, where: string): readonly Rule[] {
  if (line.startsWith('#') || line.trim() === '') return [];
  const trimmed = line.trim();
  const exception = trimmed.startsWith('!');
  const rooted = clean((exception ? trimmed.slice(1) : trimmed).trim());
  const cleaned = clean(`${exception ? '!' : ''}${rooted.length > 1 ? rooted.replace(/^\//, '') : rooted}`.trim());
  if (cleaned === '') return [];
  const pattern = cleaned.startsWith('!') ? cleaned.slice(1) : cleaned;
  if (pattern === '') throw invalid(where, line, 'nothing follows the "!"');
  const problem = syntaxProblem(pattern);
  if (problem !== undefined) throw invalid(where, line, problem);
  return [{ exception: cleaned.startsWith('!'), pattern, matches: matcherOf(pattern, where, line) }];
}

/** Go's `filepath.Clean`, but that nothing stays nothing. */
function clean(path: string): string {
  if (path === '') return '';
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal;
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** What Go's `filepath.Match` calls a bad pattern. */
function syntaxProblem(pattern: string): string | undefined {
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') {
      at += 1;
      if (at >= pattern.length) return 'it ends in a backslash';
    } else if (pattern[at] === '[') {
      const end = classEnd(pattern, at);
      if (end === undefined) return 'a "[" has no proper end';
      at = end;
    }
  }
  return undefined;
}

/** Where the class that begins here ends: one range or more, each `x` or `x-y`. */
function classEnd(pattern: string, start: number): number | undefined {
  let at = pattern[start + 1] === '^' ? start + 2 : start + 1;
  for (let ranges = 0; ; ranges += 1) {
    if (pattern[at] === ']' && ranges > 0) return at;
    const low = afterCharacter(pattern, at);
    if (low === undefined) return undefined;
    at = low;
    if (pattern[at] !== '-') continue;
    const high = afterCharacter(pattern, at + 1);
    if (high === undefined) return undefined;
    at = high;
  }
}

function afterCharacter(pattern: string, at: number): number | undefined {
  const character = pattern[at];
  if (character === undefined || character === '-' || character === ']') return undefined;
  const size = (index: number) => String.fromCodePoint(pattern.codePointAt(index) ?? 0).length;
  const next = character === '\\' ? at + 1 + size(at + 1) : at + size(at);
  return next < pattern.length ? next : undefined;
}

function matcherOf(pattern: string, where: string, line: string): Rule['matches'] {
  const plain = !/[*?[\]\\]/.test(pattern);
  if (plain) return (path) => path === pattern;
  const before = /^([^*?[\]\\]*)\*\*\/?$/.exec(pattern)?.[1];
  if (before !== undefined && before !== '') return (path) => path.startsWith(pattern.slice(0, -2));
  const behind = /^\*\*([^*?[\]\\]*)$/.exec(pattern)?.[1];
  if (behind !== undefined) {
    return (path) => path.endsWith(behind) || (behind.startsWith('/') && path === behind.slice(1));
  }
  // BuildKit, too, compiles a pattern when it is first matched, and fails then.
  let expression: RegExp | undefined;
  return (path) => {
    try {
      expression ??= new RegExp(`^${toRegExp(pattern)}$`, 'u');
    } catch (cause) {
      throw invalid(where, line, cause instanceof RangeError ? cause.message : 'it is no pattern');
    }
    return expression.test(path);
  };
}

function toRegExp(pattern: string): string {
  let out = '';
  const characters = Array.from(pattern);
  let inClass = false;
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') {
      if (characters[at + 1] !== '*') {
        out += '[^/]*';
        continue;
      }
      at += characters[at + 2] === '/' ? 2 : 1;
      out += at + 1 >= characters.length ? '.*' : '(.*/)?';
    } else if (character === '?') {
      out += '[^/]';
    } else if (/[.+()|{}$]/.test(character)) {
      out += `\\${character}`;
    } else if (character === '\\') {
      at += 1;
      out += escaped(characters[at] ?? '');
    } else if (character === ']' && !inClass) {
      out += '\\]';
    } else {
      if (character === '[') inClass = true;
      if (character === ']') inClass = false;
      out += character;
    }
  }
  return out;
}

/** Letters that mean something after a backslash in Go's regular expressions, which BuildKit makes of a pattern. */
const GO_ESCAPES: Readonly<Record<string, string>> = { a: '\\x07', A: '^', z: '$' };

/** @throws RangeError for what Go's regular expressions refuse */
function escaped(character: string): string {
  const own = GO_ESCAPES[character];
  if (own !== undefined) return own;
  if (/[bBdDfnrsStvwW]/.test(character)) return `\\${character}`;
  if (/[\w\u0080-\u{10FFFF}]/u.test(character)) throw new RangeError(`"\\${character}" means nothing`);
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function invalid(where: string, line: string, why: string): WaybillError {
  return new WaybillError('DOCKERIGNORE_INVALID', `${where}: ${JSON.stringify(line)}: ${why}`, {
    kind: 'user',
    hint: 'Docker refuses it as well: correct the line.',
  });
}
