import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { errorMessage } from '../errors/index.ts';

/** Something that is wrong, and where in the file: line and column from 1. */
export interface TextProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A YAML text that was read as far as it goes. */
export interface YamlText {
  /** The value; undefined where the text has none that can be told. */
  readonly value: unknown;
  /** What is wrong with the text as YAML. */
  readonly problems: readonly TextProblem[];
  /** Where a value stands, or the name of a field; of what is missing, where it should be. */
  readonly place: (path: readonly string[], of: 'value' | 'name') => { readonly line: number; readonly column: number };
}

/**
 * Reads YAML 1.2 (core schema). Anchors, aliases, tags and several documents are problems: no setting needs them, and an alias
 * of an alias of an alias has brought down more than one reader.
 */
export function readYaml(text: string): YamlText {
  try {
    return read(text);
  } catch (error) {
    // Nested deeper than the stack.
    const start = { line: 1, column: 1 };
    const message = `it cannot be read: ${errorMessage(error)}`;
    return { value: undefined, problems: [{ ...start, message }], place: () => start };
  }
}

/** What is wrong with a text as YAML 1.2; anchors, as workflows may have them, are not. */
export function findYamlFaults(text: string): readonly TextProblem[] {
  const lines = new LineCounter();
  const { errors } = parseDocument(text, { version: '1.2', lineCounter: lines, prettyErrors: false });
  return errors.map(({ message, pos }) => ({ ...placeAt(lines, pos[0]), message }));
}

function placeAt(lines: LineCounter, offset: number): { readonly line: number; readonly column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function read(text: string): YamlText {
  const lines = new LineCounter();
  const at = (offset: number) => placeAt(lines, offset);
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    lineCounter: lines,
    prettyErrors: false,
    // Compares each key with each; see `duplicates`.
    uniqueKeys: false,
    stringKeys: true,
  });
  const faults = [...document.errors, ...document.warnings].map(({ message, pos }) => ({ ...at(pos[0]), message }));
  const anchors = nodeProblems(document, at, aliased, 'anchors and aliases are not taken: write the value out');
  const twice = nodeProblems(document, at, duplicates, 'this field stands there twice');
  const findPair = createFindPair();
  return {
    value: document.errors.length > 0 || anchors.length > 0 ? undefined : document.toJS(),
    problems: [...faults, ...anchors, ...twice],
    place: (path, of) => at(offsetOf(document, path, of, findPair)),
  };
}

function nodeProblems(
  document: Document.Parsed,
  at: (offset: number) => { readonly line: number; readonly column: number },
  wrongOf: (node: Node) => Iterable<Node>,
  message: string,
): TextProblem[] {
  const problems: TextProblem[] = [];
  visit(document, (_, node) => {
    if (!isNode(node)) return;
    for (const wrong of wrongOf(node)) problems.push({ ...at(startOf(wrong) ?? 0), message });
  });
  return problems;
}

function aliased(node: Node): readonly Node[] {
  return isAlias(node) || ('anchor' in node && node.anchor !== undefined) ? [node] : [];
}

/** The keys of a map that stood there before. */
function* duplicates(node: Node): Iterable<Node> {
  if (!isMap(node)) return;
  const seen = new Set<string>();
  for (const { key } of node.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (seen.has(name)) yield key;
    seen.add(name);
  }
}

type FindPair = (map: YAMLMap, name: string) => Pair | undefined;

/** The pair of a map by its name, each map looked through once. */
function createFindPair(): FindPair {
  const known = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  return (map, name) => {
    const named = (pair: Pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair] as const;
    const pairs = known.get(map) ?? new Map(map.items.map(named));
    known.set(map, pairs);
    return pairs.get(name);
  };
}

function offsetOf(
  document: Document.Parsed,
  path: readonly string[],
  of: 'value' | 'name',
  findPair: FindPair,
): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    const isLast = depth === path.length - 1;
    if (isMap(node)) {
      const pair = findPair(node, part);
      if (pair === undefined) return offset;
      const name = startOf(pair.key) ?? offset;
      offset = isLast && of === 'name' ? name : (startOf(pair.value) ?? name);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function isNode(node: unknown): node is Node {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
}
