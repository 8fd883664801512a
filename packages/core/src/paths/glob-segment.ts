import { exactTextOf, fromFsName } from './byte-path.ts';
import type { BytePath } from './path-set.ts';

/** One component of a pattern, between two slashes. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  /** `**`: any number of folders, also none. */
  | { readonly kind: 'deep' }
  | { readonly kind: 'glob'; readonly tokens: readonly Token[] };

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'many' }
  | { readonly kind: 'one' }
  | { readonly kind: 'set'; readonly source: string; readonly negated: boolean; readonly ranges: readonly Range[] };

/** Code points, first and last. */
type Range = readonly [number, number];

/**
 * Reads one component: `*` any characters, `?` one, `[abc]`, `[a-z]`, `[!a-z]` and `[^a-z]` one of a set, `**` alone any
 * depth. A set of one character is that character (`[*]`), an unclosed `[` is itself. There are no braces, no
 * alternatives, no quotes; a leading dot is nothing special.
 * @param escapes whether a backslash takes the next character as it is (everywhere but on Windows)
 * @returns the component, or what is wrong with it
 */
export function parseSegment(
  source: string,
  escapes: boolean,
): Segment | { readonly kind: 'wrong'; readonly reason: string } {
  if (source === '**') return { kind: 'deep' };
  const tokens: Token[] = [];
  const chars = [...source];
  let text = '';
  const flush = (): void => {
    if (text !== '') tokens.push({ kind: 'text', text });
    text = '';
  };
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    const next = chars[at + 1];
    if (char === '\\' && escapes && next !== undefined) {
      text += next;
      at++;
    } else if (char === '*' || char === '?') {
      flush();
      if (char === '?') tokens.push({ kind: 'one' });
      else if (tokens.at(-1)?.kind !== 'many') tokens.push({ kind: 'many' });
    } else if (char === '[') {
      const set = readSet(chars, at, escapes);
      if (set === undefined) {
        text += char;
      } else {
        at = set.end;
        const [only] = set.members;
        if (set.members.length === 1 && only !== undefined) {
          text += only.char;
        } else {
          flush();
          const token = toSet(set.source, set.members);
          if (token === undefined) return { kind: 'wrong', reason: `the range in "${set.source}" runs backwards` };
          tokens.push(token);
        }
      }
    } else {
      text += char;
    }
  }
  if (tokens.length === 0) return { kind: 'literal', text };
  flush();
  return { kind: 'glob', tokens };
}

/** The component as a pattern spells it, the same for all spellings of one meaning; {@link parseSegment} reads it back. */
export function spellSegment(segment: Segment, escapes: boolean): string {
  if (segment.kind === 'deep') return '**';
  if (segment.kind === 'literal') return escapeText(segment.text, escapes);
  const part = (token: Token): string => {
    if (token.kind === 'text') return escapeText(token.text, escapes);
    if (token.kind === 'set') return token.source;
    return token.kind === 'many' ? '*' : '?';
  };
  return segment.tokens.map(part).join('');
}

/**
 * Whether a name matches. Names are compared as text where they are UTF-8, so that `?` is one character; other names
 * byte by byte, where `?` is one byte and sets know ASCII only.
 */
export function segmentTest(
  segment: Exclude<Segment, { kind: 'deep' }>,
  ignoreCase: boolean,
): (name: BytePath) => boolean {
  if (segment.kind === 'literal' && !ignoreCase) {
    const bytes = fromFsName(segment.text);
    return (name) => name === bytes;
  }
  const tokens: readonly Token[] = segment.kind === 'literal' ? [{ kind: 'text', text: segment.text }] : segment.tokens;
  if (tokens.every((token) => token.kind === 'many')) return () => true;
  const flags = ignoreCase ? 'ius' : 'us';
  const texts = new RegExp(`^${tokens.map((token) => toRegExp(token, false)).join('')}$`, flags);
  const bytes = new RegExp(`^${tokens.map((token) => toRegExp(token, true)).join('')}$`, flags);
  return (name) => {
    const text = exactTextOf(name);
    return text === undefined ? bytes.test(name) : texts.test(text);
  };
}

interface Member {
  readonly char: string;
  readonly escaped: boolean;
}

function readSet(
  chars: readonly string[],
  start: number,
  escapes: boolean,
): { readonly members: readonly Member[]; readonly source: string; readonly end: number } | undefined {
  const members: Member[] = [];
  for (let at = start + 1; at < chars.length; at++) {
    const char = chars[at] ?? '';
    const next = chars[at + 1];
    if (char === '\\' && escapes && next !== undefined) {
      members.push({ char: next, escaped: true });
      at++;
    } else if (char === ']' && members.length > 0) {
      return { members, source: chars.slice(start, at + 1).join(''), end: at };
    } else {
      members.push({ char, escaped: false });
    }
  }
  return undefined;
}

function toSet(source: string, all: readonly Member[]): Token | undefined {
  const [first] = all;
  const negated = first !== undefined && !first.escaped && (first.char === '!' || first.char === '^');
  const members = negated ? all.slice(1) : all;
  const ranges: Range[] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at]?.char.codePointAt(0) ?? 0;
    const dash = members[at + 1];
    const last = members[at + 2];
    if (dash?.char === '-' && !dash.escaped && last !== undefined) {
      const to = last.char.codePointAt(0) ?? 0;
      if (to < from) return undefined;
      ranges.push([from, to]);
      at += 2;
    } else {
      ranges.push([from, from]);
    }
  }
  return { kind: 'set', source, negated, ranges };
}

function toRegExp(token: Token, asBytes: boolean): string {
  switch (token.kind) {
    case 'text':
      return (asBytes ? fromFsName(token.text) : token.text).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    case 'many':
      return '.*';
    case 'one':
      return '.';
    case 'set': {
      const ranges = asBytes ? token.ranges.filter(([, to]) => to < 0x80) : token.ranges;
      const body = ranges.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join('');
      return `[${token.negated ? '^' : ''}${body}]`;
    }
  }
}

function escapeText(text: string, escapes: boolean): string {
  return text.replace(escapes ? /[*?[\\]/g : /[*?[]/g, (char) => (char === '\\' ? '\\\\' : `[${char}]`));
}
