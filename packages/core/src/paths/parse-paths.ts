import { WaybillError } from '../errors/index.ts';
import { compareTexts } from './byte-path.ts';
import type { PathContext, PathSet, Root } from './path-set.ts';
import { type Pattern, parsePattern } from './pattern.ts';
import { contains, type Parts, type Places, portable, readPlaces, spell, toDir } from './places.ts';
import { compileRule, type Rule } from './rule.ts';

/** Folders that no wildcard may start from: git's own, and where a runner keeps actions and the job's secrets. */
const GUARDED = ['.git', '_actions', '_temp'];
/** Of these, what a runner has beside its workspaces (`<work>/<repository>/<repository>`). */
const RUNNER_FOLDERS = ['_actions', '_temp'];

const HINT =
  'A path is a file, a folder or a glob (*, ?, [abc], **), one a line; "!" leaves out; "~/" is the home folder. Example: node_modules';

/** An include or exclude in the order of the lines. */
interface OrderedRule extends Rule {
  readonly exclude: boolean;
}

/**
 * What the lines of a `path` input mean.
 *
 * A line is trimmed; an empty one and one that starts with `#` say nothing (as with actions/cache; write `./#name` for
 * such a file). `~` and `~/…` are the home folder, absolute paths are kept, anything else is relative to the workspace;
 * `..` is resolved. On Windows `\` separates and case is ignored; elsewhere `\` takes the next character as it is.
 * Globs: `*`, `?`, `[…]`, `**` (any depth, also none); `[*]` is a star. Dot files are files like others; braces are not special.
 *
 * Patterns are read in order, and the last one that matches an entry or any folder above it decides: `a`, `!a/b`, `a/b/c`
 * takes all of `a` but what is in `a/b`, of which it takes `a/b/c`. An include takes everything below what it matches.
 * Folders on the way to a match are no entries themselves. `x/**` matches `x` itself too.
 *
 * A literal names a root, a glob's root is its longest literal prefix, and roots inside others are merged into them.
 * A glob may not start at or below `.git`, `_actions` or `_temp`, counted from workspace or home, unless a literal
 * names that place or one above. From a wider root, what lies in the runner's own `_actions` and `_temp` (two folders
 * above the workspace) is not taken, unless a literal names a place there.
 *
 * @throws WaybillError `PATH_INVALID` (user) that lists everything that is wrong
 */
export function parsePaths(lines: readonly string[], context: PathContext): PathSet {
  const places = readPlaces(context);
  const patterns: Pattern[] = [];
  const problems: string[] = [];
  for (const line of lines) {
    const pattern = parsePattern(line, places);
    if (pattern?.kind === 'pattern') patterns.push(pattern);
    else if (pattern?.kind === 'wrong') problems.push(`${JSON.stringify(line.trim())}: ${pattern.reason}`);
  }
  const includes = patterns.filter(({ exclude }) => !exclude);
  for (const pattern of includes) {
    const problem = rootProblem(pattern, includes, places);
    if (problem !== undefined) problems.push(`${JSON.stringify(pattern.spelled)}: ${problem}`);
  }
  if (problems.length === 0 && includes.length === 0) {
    problems.push(
      patterns.length === 0 ? 'no path is given' : 'every pattern is an exclude, so there is nothing to leave out from',
    );
  }
  if (problems.length > 0)
    throw new WaybillError('PATH_INVALID', `path: ${problems.join('; ')}`, { kind: 'user', hint: HINT });

  const roots = outermost(includes, places)
    .map((parts) => ({ parts, ...toRoot(parts, places) }))
    .sort((a, b) => compareTexts(a.name, b.name));
  const rules = roots.map(({ parts }) => rulesOf(patterns, parts, places));
  return {
    patterns: [...new Set(patterns.map(({ spelled }) => spelled))].sort(compareTexts),
    roots: roots.map(({ name, dir }) => ({ name, dir })),
    includes(root, path) {
      const rule = rules[root]?.find((candidate) => candidate.matches(path));
      return rule !== undefined && !rule.exclude;
    },
    mayInclude(root, folder) {
      for (const rule of rules[root] ?? []) {
        if (rule.matches(folder)) return !rule.exclude;
        if (!rule.exclude && rule.reaches(folder)) return true;
      }
      return false;
    },
  };
}

function rootProblem(pattern: Pattern, includes: readonly Pattern[], places: Places): string | undefined {
  if (pattern.literal) {
    return pattern.root.length > (places.windows ? 1 : 0)
      ? undefined
      : 'the whole file system cannot be taken; name folders in it';
  }
  const guarded = portable(pattern.root, places).rest.find((name) =>
    GUARDED.includes(places.windows ? name.toLowerCase() : name),
  );
  if (guarded === undefined) return undefined;
  if (includes.some((other) => other.literal && contains(other.root, pattern.root, places))) return undefined;
  return `a wildcard cannot start inside ${guarded}; name what to take without one`;
}

function outermost(includes: readonly Pattern[], places: Places): readonly Parts[] {
  const kept: Parts[] = [];
  const shortestFirst = includes.map(({ root }) => root).sort((a, b) => a.length - b.length);
  for (const root of shortestFirst) {
    if (!kept.some((outer) => contains(outer, root, places))) kept.push(root);
  }
  return kept;
}

function toRoot(parts: Parts, places: Places): Root {
  const { base, rest } = portable(parts, places);
  return { name: spell(base, rest, places), dir: toDir(parts, places) };
}

/** The rules that matter in a root, the deciding one first. */
function rulesOf(patterns: readonly Pattern[], root: Parts, places: Places): readonly OrderedRule[] {
  const rules: OrderedRule[] = [];
  const add = (exclude: boolean, segments: Pattern['segments']): boolean => {
    const rule = compileRule(segments, root, places.windows);
    if (rule !== undefined) rules.push({ ...rule, exclude });
    return rule?.everywhere === true;
  };
  for (const folder of runnerFolders(places)) {
    const named = patterns.some(
      (pattern) => pattern.literal && !pattern.exclude && contains(folder, pattern.root, places),
    );
    if (!named && !contains(folder, root, places))
      add(
        true,
        folder.map((text) => ({ kind: 'literal', text })),
      );
  }
  for (const pattern of patterns.toReversed()) {
    if (add(pattern.exclude, pattern.segments)) break;
  }
  return rules;
}

function runnerFolders(places: Places): readonly Parts[] {
  const work = places.workspace.slice(0, -2);
  return places.workspace.length < 2 ? [] : RUNNER_FOLDERS.map((name) => [...work, name]);
}
