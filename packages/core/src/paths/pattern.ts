import { parseSegment, type Segment, spellSegment } from './glob-segment.ts';
import { type Parts, type Places, portable, spell } from './places.ts';

/** One line of a `path` input, against the places of this machine. */
export interface Pattern {
  readonly kind: 'pattern';
  readonly exclude: boolean;
  /** From the top of the file system (on Windows, from the drive). */
  readonly segments: readonly Segment[];
  /** The longest literal prefix of the segments: the place that a literal names, and below which a glob matches. */
  readonly root: Parts;
  readonly literal: boolean;
  /** Portable spelling, with its `!`. */
  readonly spelled: string;
}

export interface WrongPattern {
  readonly kind: 'wrong';
  readonly reason: string;
}

/**
 * What a line says. Undefined for an empty line and for one that starts with `#`, as @actions/glob ignores them;
 * each leading `!` turns the meaning around, as there.
 */
export function parsePattern(line: string, places: Places): Pattern | WrongPattern | undefined {
  let text = line.trim();
  if (text === '' || text.startsWith('#')) return undefined;
  let exclude = false;
  while (text.startsWith('!')) {
    exclude = !exclude;
    text = text.slice(1).trim();
  }
  if (text === '') return wrong('nothing follows the "!"');
  if (text.includes('\0')) return wrong('a path cannot hold a NUL character');
  if (places.windows) text = text.replaceAll('\\', '/');

  const start = startOf(text, places);
  if ('reason' in start) return start;
  const segments: Segment[] = start.base.map((part) => ({ kind: 'literal', text: part }));
  for (const source of start.rest.split('/')) {
    if (source === '') continue;
    const segment = parseSegment(source, !places.windows);
    if (segment.kind === 'wrong') return segment;
    if (segment.kind === 'literal') {
      if (segment.text === '.') continue;
      if (segment.text === '..') {
        if (segments.some(({ kind }) => kind !== 'literal')) return wrong('".." cannot follow a wildcard');
        if (segments.length > (places.windows ? 1 : 0)) segments.pop();
        continue;
      }
      if (places.windows && segment.text.includes(':')) return wrong('a name on Windows cannot hold ":"');
    }
    if (segment.kind === 'deep' && segments.at(-1)?.kind === 'deep') continue;
    segments.push(segment);
  }
  return toPattern(exclude, segments, places);
}

function toPattern(exclude: boolean, segments: readonly Segment[], places: Places): Pattern {
  const root: string[] = [];
  for (const segment of segments) {
    if (segment.kind !== 'literal') break;
    root.push(segment.text);
  }
  const { base, rest } = portable(root, places);
  const components = segments.slice(root.length - rest.length).map((segment) => spellSegment(segment, !places.windows));
  // A blank at the very end would be trimmed when the spelling is read again.
  const spelled = spell(base, components, places).replace(/\s$/, '[$&]');
  return {
    kind: 'pattern',
    exclude,
    segments,
    root,
    literal: root.length === segments.length,
    spelled: exclude ? `!${spelled}` : spelled,
  };
}

/** Where a pattern starts, and what of it is left. */
function startOf(text: string, places: Places): { readonly base: Parts; readonly rest: string } | WrongPattern {
  if (text === '~' || text.startsWith('~/')) return { base: places.home, rest: text.slice(1) };
  if (!places.windows) return { base: text.startsWith('/') ? [] : places.workspace, rest: text };
  if (text.startsWith('//'))
    return wrong('network shares (\\\\server\\share) are not supported; map the share to a drive letter');
  if (text.startsWith('/')) return { base: places.workspace.slice(0, 1), rest: text };
  const drive = /^([A-Za-z]:)(.*)$/s.exec(text);
  if (drive === null) return { base: places.workspace, rest: text };
  const [, letter = '', rest = ''] = drive;
  if (!rest.startsWith('/'))
    return wrong(`"${letter}" must be followed by a separator: the current folder of a drive is not known`);
  return { base: [letter.toUpperCase()], rest };
}

function wrong(reason: string): WrongPattern {
  return { kind: 'wrong', reason };
}
