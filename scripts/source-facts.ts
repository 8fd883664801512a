import { parseSync } from '@swc/core';

/** A module specifier in a file, of an import, an export from, an `import()` or an `import('…')` type. */
export interface ImportFact {
  readonly specifier: string;
  readonly line: number;
}

/** What a file takes from the machine around it instead of from its caller. */
export interface AmbientFact {
  readonly what: 'process.env' | 'Date.now' | 'new Date()' | 'Math.random' | 'fetch';
  readonly line: number;
}

/** What the rules of the house look at in one source file. */
export interface SourceFacts {
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  readonly ambient: readonly AmbientFact[];
  /** The first line that is neither a re-export nor an import; undefined if there is none. */
  readonly firstCode: number | undefined;
}

/** A node of the syntax tree; swc's own types do not help a walk over every kind of node. */
type Node = Readonly<Record<string, unknown>>;

// swc counts bytes from where the last parse ended, and a module begins at its first token: a first token of ours gives the zero.
const PREFIX = '0;';

const AMBIENT_MEMBERS: readonly (readonly [string, string, AmbientFact['what']])[] = [
  ['process', 'env', 'process.env'],
  ['Date', 'now', 'Date.now'],
  ['Math', 'random', 'Math.random'],
  ['globalThis', 'fetch', 'fetch'],
];

/** Parses TypeScript or JavaScript. Throws swc's error when the source does not parse. */
export function readSourceFacts(source: string): SourceFacts {
  const module: unknown = parseSync(PREFIX + source, { syntax: 'typescript', target: 'es2024' });
  const tree = asNode(module);
  const bytes = Buffer.from(source);
  const zero = startOf(tree) + PREFIX.length;
  const lineOf = (node: Node): number => lineAt(bytes, startOf(node) - zero);

  const imports: ImportFact[] = [];
  const ambient: AmbientFact[] = [];
  const fetches: AmbientFact[] = [];
  const bound = new Set<string>();

  walk(tree, (node, parent, slot) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ specifier, line: lineOf(node) });
    for (const name of namesBoundBy(node)) bound.add(name);
    const what = ambientUse(node);
    if (what !== undefined) ambient.push({ what, line: lineOf(node) });
    if (isIdentifier(node, 'fetch') && !isName(parent, slot)) fetches.push({ what: 'fetch', line: lineOf(node) });
  });

  const body = list(tree['body']).slice(1);
  const code = body.find((statement) => !isImportOrReexport(statement));
  return {
    lines: source === '' ? 0 : source.replace(/\n$/, '').split('\n').length,
    imports,
    ambient: bound.has('fetch') ? ambient : [...ambient, ...fetches],
    firstCode: code === undefined ? undefined : lineOf(code),
  };
}

function specifierOf(node: Node): string | undefined {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return stringValue(node['source']);
    case 'TsImportType':
      return stringValue(node['argument']);
    case 'CallExpression':
      return asNode(node['callee'])['type'] === 'Import'
        ? stringValue(asNode(list(node['arguments'])[0])['expression'])
        : undefined;
    default:
      return undefined;
  }
}

function ambientUse(node: Node): AmbientFact['what'] | undefined {
  if (node['type'] === 'MemberExpression') {
    const found = AMBIENT_MEMBERS.find(
      ([object, property]) =>
        isIdentifier(asNode(node['object']), object) &&
        (isIdentifier(asNode(node['property']), property) || computedName(node['property']) === property),
    );
    return found?.[2];
  }
  if (node['type'] === 'NewExpression' && isIdentifier(asNode(node['callee']), 'Date')) {
    return list(node['arguments']).length === 0 ? 'new Date()' : undefined;
  }
  if (node['type'] === 'ImportDeclaration' && /^(node:)?process$/.test(stringValue(node['source']) ?? '')) {
    const names = list(node['specifiers']).map((it) => asNode(it['imported'] ?? it['local'])['value']);
    return names.includes('env') ? 'process.env' : undefined;
  }
  if (node['type'] === 'VariableDeclarator' && isIdentifier(asNode(node['init']), 'process')) {
    const keys = list(asNode(node['id'])['properties']).map((it) => asNode(it['key'])['value']);
    return keys.includes('env') ? 'process.env' : undefined;
  }
  return undefined;
}

/** Names that a node declares; a declared `fetch` is an argument or a function of ours, not the global one. */
function namesBoundBy(node: Node): string[] {
  const names: unknown[] = [];
  // swc gives `typeAnnotation` to identifiers that bind and to no others.
  if (node['type'] === 'Identifier' && 'typeAnnotation' in node) names.push(node['value']);
  if (node['type'] === 'AssignmentPatternProperty') names.push(asNode(node['key'])['value']);
  if (node['type'] === 'FunctionDeclaration') names.push(asNode(node['identifier'])['value']);
  if (/^Import(Default|Namespace)?Specifier$/.test(String(node['type']))) names.push(asNode(node['local'])['value']);
  return names.filter((name) => typeof name === 'string');
}

/** Whether the identifier in this slot of its parent only names something: a property, a method, a key. */
function isName(parent: Node, slot: string): boolean {
  if (slot === 'key' || slot === 'imported' || slot === 'exported') return true;
  return parent['type'] === 'MemberExpression' && slot === 'property';
}

function isImportOrReexport(statement: Node): boolean {
  if (statement['type'] === 'ImportDeclaration' || statement['type'] === 'ExportAllDeclaration') return true;
  return statement['type'] === 'ExportNamedDeclaration' && stringValue(statement['source']) !== undefined;
}

/** Types hold no code, but the expressions that carry one do. */
const TYPED_EXPRESSIONS = /^Ts(As|NonNull|Satisfies|TypeAssertion|ConstAssertion|Instantiation)/;

function walk(node: Node, visit: (node: Node, parent: Node, slot: string) => void, parent: Node = {}, slot = ''): void {
  visit(node, parent, slot);
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? list(value) : [asNode(value)]) {
      if (child['type'] === undefined && child['expression'] === undefined) {
        // A wrapper without a type of its own, such as a parameter's pattern.
        if (Object.keys(child).length > 0 && key !== 'span') walk(child, visit, node, key);
      } else if (!String(child['type']).startsWith('Ts') || isWalked(child)) {
        walk(child, visit, node, key);
      }
    }
  }
}

function isWalked(node: Node): boolean {
  const type = String(node['type']);
  return type === 'TsImportType' || TYPED_EXPRESSIONS.test(type) || containsImportType(node);
}

function containsImportType(node: Node): boolean {
  return Object.values(node).some((value) =>
    (Array.isArray(value) ? list(value) : [asNode(value)]).some(
      (child) => child['type'] === 'TsImportType' || (Object.keys(child).length > 0 && containsImportType(child)),
    ),
  );
}

function lineAt(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at !== -1 && at < offset; at = bytes.indexOf(10, at + 1)) line += 1;
  return line;
}

function startOf(node: Node): number {
  const span = asNode(node['span'] ?? asNode(node['expression'])['span']);
  return typeof span['start'] === 'number' ? span['start'] : 0;
}

function computedName(property: unknown): string | undefined {
  const node = asNode(property);
  return node['type'] === 'Computed' ? stringValue(node['expression']) : undefined;
}

function isIdentifier(node: Node, name: string): boolean {
  return node['type'] === 'Identifier' && node['value'] === name;
}

function stringValue(value: unknown): string | undefined {
  const node = asNode(value);
  return node['type'] === 'StringLiteral' && typeof node['value'] === 'string' ? node['value'] : undefined;
}

function list(value: unknown): Node[] {
  return Array.isArray(value) ? value.map(asNode) : [];
}

function asNode(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
