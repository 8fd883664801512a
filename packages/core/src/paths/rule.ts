import { fromFsName } from './byte-path.ts';
import { type Segment, segmentTest } from './glob-segment.ts';
import type { BytePath } from './path-set.ts';
import type { Parts } from './places.ts';

/** A pattern as it is seen from inside one root. */
export interface Rule {
  /** Whether every entry of the root matches. */
  readonly everywhere: boolean;
  /** Whether it matches this entry or a folder above it. */
  matches(path: BytePath): boolean;
  /** Whether it can match anything below this folder, which it does not match itself. */
  reaches(folder: BytePath): boolean;
}

/** The folders whose states a glob remembers, at most. A walk needs those of the folders it is in. */
const REMEMBERED = 8192;

type Step = 'deep' | ((name: BytePath) => boolean);
/** Positions in a pattern's steps that are reached after some names; one past the end is a match. */
type States = readonly number[];

/** @returns undefined where the pattern can match nothing in this root */
export function compileRule(segments: readonly Segment[], root: Parts, ignoreCase: boolean): Rule | undefined {
  const steps = segments.map((segment): Step => (segment.kind === 'deep' ? 'deep' : segmentTest(segment, ignoreCase)));
  let start = startStates(steps);
  for (const part of root) {
    if (start === MATCHED) break;
    start = advance(steps, start, fromFsName(part));
  }
  if (start === MATCHED) return { everywhere: true, matches: () => true, reaches: () => true };
  if (start.length === 0) return undefined;
  const prefix = ignoreCase ? undefined : literalPrefix(segments.slice(root.length));
  return prefix === undefined || segments.slice(0, root.length).some(({ kind }) => kind === 'deep')
    ? globRule(steps, start)
    : literalRule(prefix);
}

function literalPrefix(segments: readonly Segment[]): BytePath | undefined {
  const names: string[] = [];
  for (const segment of segments) {
    if (segment.kind !== 'literal') return undefined;
    names.push(fromFsName(segment.text));
  }
  return names.join('/');
}

function literalRule(prefix: BytePath): Rule {
  const below = `${prefix}/`;
  return {
    everywhere: false,
    matches: (path) => path === prefix || path.startsWith(below),
    reaches: (folder) => folder === '' || below.startsWith(`${folder}/`),
  };
}

/** States are kept by folder, so that an entry costs one step and a hostile path no more than its length. */
function globRule(steps: readonly Step[], start: States): Rule {
  const known = new Map<BytePath, States>();
  const statesOf = (folder: BytePath): States => {
    const found = folder === '' ? start : known.get(folder);
    if (found !== undefined) return found;
    const states = after(folder);
    if (known.size >= REMEMBERED) known.clear();
    known.set(folder, states);
    return states;
  };
  const after = (path: BytePath): States => {
    const cut = path.lastIndexOf('/');
    const above = cut < 0 ? start : statesOf(path.slice(0, cut));
    if (above === MATCHED || above.length === 0) return above;
    return advance(steps, above, path.slice(cut + 1));
  };
  return {
    everywhere: false,
    matches: (path) => path !== '' && after(path) === MATCHED,
    reaches: (folder) => statesOf(folder).length > 0,
  };
}

/** Once matched, everything below is. */
const MATCHED: States = [-1];

function startStates(steps: readonly Step[]): States {
  const states: number[] = [];
  return reach(steps, 0, states) ? MATCHED : states;
}

function advance(steps: readonly Step[], states: States, name: BytePath): States {
  const next: number[] = [];
  for (const at of states) {
    const step = steps[at];
    if (step === undefined) continue;
    if (step === 'deep' ? reach(steps, at, next) : step(name) && reach(steps, at + 1, next)) return MATCHED;
  }
  return next;
}

/** Adds a position and those that need no name to come to. @returns whether the end is among them */
function reach(steps: readonly Step[], position: number, states: number[]): boolean {
  for (let at = position; ; at++) {
    if (at === steps.length) return true;
    if (states.includes(at)) return false;
    states.push(at);
    if (steps[at] !== 'deep') return false;
  }
}
