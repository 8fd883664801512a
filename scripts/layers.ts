import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readSourceFacts, type SourceFacts } from './source-facts.ts';

/**
 * The rooms of packages/core/src, lowest layer first. A room may import itself and rooms of lower layers, never a sibling.
 * This is the one list; a new room gets its place here.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ['errors'],
  ['async', 'oci', 'secrets', 'schema'],
  ['content', 'paths', 'runner', 'intoto', 'config', 'http', 'proc'],
  ['snapshot', 'registry', 'git', 'github', 'actionscache', 'sigstore'],
  ['ledger', 'repository'],
  ['verify', 'report', 'keys'],
  ['cache', 'image', 'promote'],
];

/** Packages above core, and what each may import besides itself and `@waybill/core`. Tests may import `@waybill/testing` everywhere. */
const ABOVE_CORE: Readonly<Record<string, readonly string[]>> = { testing: [], cli: [], server: [] };

const MAX_LINES = 400;
const FORBIDDEN_NAMES = /^(utils?|helpers?|common|misc|manager)$/;

/** Where a file stands, and so what it may do. */
type Place =
  | { readonly kind: 'core'; readonly room: string }
  | { readonly kind: 'package'; readonly name: string; readonly room: string }
  | { readonly kind: 'action'; readonly name: string }
  | { readonly kind: 'tooling' };

/** Problems of one file, each `path:line message`; none if it keeps the rules. `file` is relative to the root, with `/`. */
export function checkFile(file: string, source: string): string[] {
  const facts = readSourceFacts(source);
  const place = placeOf(file);
  return [
    ...nameProblems(file),
    ...lineProblems(file, facts),
    ...indexProblems(file, place, facts),
    ...ambientProblems(file, place, facts),
    ...facts.imports.flatMap(({ specifier, line }) => {
      const problem = importProblem(file, place, specifier);
      return problem === undefined ? [] : [`${file}:${line} ${problem}`];
    }),
  ];
}

/** Problems of all sources below `root`. */
export function checkRepository(root: string): string[] {
  return sourceFiles(root).flatMap((file) => checkFile(file, readFileSync(path.join(root, file), 'utf8')));
}

/** Source files of the house, relative to the root, with `/`. */
export function sourceFiles(root: string): string[] {
  return ['packages', 'actions', 'test', 'scripts']
    .flatMap((folder) => listFiles(root, folder))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.endsWith('.d.ts'));
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['lib', 'node_modules', 'dist'].includes(entry.name) ? [] : listFiles(root, file);
    return entry.isFile() ? [file] : [];
  });
}

function placeOf(file: string): Place {
  const [top = '', first = '', , room = ''] = file.split('/');
  if (top === 'packages' && first === 'core') return { kind: 'core', room };
  if (top === 'packages') return { kind: 'package', name: first, room };
  // Files of actions/ itself are the bundle's entry, which belongs to no action.
  if (top === 'actions') return { kind: 'action', name: first.includes('.') ? '' : first };
  return { kind: 'tooling' };
}

function importProblem(file: string, from: Place, specifier: string): string | undefined {
  if (specifier.startsWith('@waybill/')) return packageImportProblem(file, from, specifier);
  if (!specifier.startsWith('.')) return undefined;
  const target = path.posix.join(path.posix.dirname(file), specifier);
  const to = placeOf(target);
  if (to.kind === 'action') {
    return from.kind === 'action' && from.name === to.name ? undefined : `imports ${target}: nothing imports an action`;
  }
  if (to.kind === 'tooling') {
    return from.kind === 'tooling' ? undefined : `imports ${target}: only scripts and tests do`;
  }
  if (from.kind !== to.kind || (from.kind === 'package' && to.kind === 'package' && from.name !== to.name)) {
    return `imports ${target}: another package is imported by its name`;
  }
  if ((from.kind === 'core' || from.kind === 'package') && from.room === to.room) return undefined;
  if (!target.endsWith(`/src/${to.room}/index.ts`)) return `imports ${target}: of another room only its index.ts`;
  return from.kind === 'core' ? roomProblem(from.room, to.room) : undefined;
}

function packageImportProblem(file: string, from: Place, specifier: string): string | undefined {
  const [, name = '', room = '', ...deeper] = specifier.split('/');
  if (room === '' || deeper.length > 0) return `imports ${specifier}: of another room only its index.ts`;
  if (from.kind === 'tooling' || (isTest(file) && name === 'testing')) return undefined;
  if (from.kind === 'core') {
    return name === 'core'
      ? `imports ${specifier}: rooms of one package import each other by relative path`
      : `imports ${specifier}: core imports nothing above it`;
  }
  const allowed = from.kind === 'action' ? [] : (ABOVE_CORE[from.name] ?? []);
  if (from.kind === 'package' && name === from.name)
    return `imports ${specifier}: rooms of one package import each other by relative path`;
  return name === 'core' || allowed.includes(name) ? undefined : `imports ${specifier}: only tests import ${name}`;
}

function roomProblem(from: string, to: string): string | undefined {
  const [fromLayer, toLayer] = [layerOf(from), layerOf(to)];
  if (fromLayer === -1 || toLayer === -1)
    return `room ${fromLayer === -1 ? from : to} has no layer: add it to LAYERS in scripts/layers.ts`;
  if (toLayer === fromLayer) return `room ${from} imports its sibling ${to}`;
  return toLayer > fromLayer
    ? `room ${from} (layer ${fromLayer}) imports ${to} of the higher layer ${toLayer}`
    : undefined;
}

function layerOf(room: string): number {
  return LAYERS.findIndex((rooms) => rooms.includes(room));
}

function nameProblems(file: string): string[] {
  return file.split('/').flatMap((part) => {
    const words = part.replace(/\.(test\.|e2e\.test\.)?(ts|mjs)$/, '').split('-');
    const bad = words.find((word) => FORBIDDEN_NAMES.test(word));
    return bad === undefined ? [] : [`${file}:1 is named ${bad}: name it for what it holds`];
  });
}

function lineProblems(file: string, { lines }: SourceFacts): string[] {
  return lines > MAX_LINES && !isTest(file)
    ? [`${file}:${MAX_LINES + 1} has ${lines} lines, at most ${MAX_LINES}`]
    : [];
}

function indexProblems(file: string, place: Place, { firstCode }: SourceFacts): string[] {
  if (place.kind === 'core' && layerOf(place.room) === -1) {
    return [`${file}:1 room ${place.room} has no layer: add it to LAYERS in scripts/layers.ts`];
  }
  const isRoomIndex = /^packages\/[^/]+\/src\/.*index\.ts$/.test(file) && path.posix.basename(file) === 'index.ts';
  return isRoomIndex && firstCode !== undefined ? [`${file}:${firstCode} an index.ts only re-exports`] : [];
}

function ambientProblems(file: string, place: Place, { ambient }: SourceFacts): string[] {
  const isEdge =
    isTest(file) ||
    place.kind === 'tooling' ||
    (place.kind === 'package' && (place.name === 'cli' || place.name === 'testing')) ||
    /^actions\/[^/]+\/(main|post)\.ts$/.test(file);
  return isEdge
    ? []
    : ambient.map(
        ({ what, line }) =>
          `${file}:${line} uses ${what}: take it as an argument; only main.ts, post.ts and the CLI touch it`,
      );
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = path.dirname(import.meta.dirname);
  const problems = checkRepository(root);
  for (const problem of problems) console.error(problem);
  console.log(`layers: ${sourceFiles(root).length} files, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
