import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { readPlan, stubPaths } from './plan.mjs';

/** Everything that must agree about one action. */
export interface ActionSources {
  /** The folder's name; also the name of its stubs' folder in dist. */
  readonly name: string;
  /** Text of action.yml. */
  readonly manifest: string;
  /** Path of action.yml from the root. */
  readonly manifestPath: string;
  /** Text of README.md; undefined if there is none. */
  readonly readme: string | undefined;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** What the build makes, relative to dist. */
  readonly stubs: readonly string[];
}

/** A row of a README's table of inputs or outputs. */
export interface TableRow {
  readonly name: string;
  /** The cell below `Default`, without its backticks; undefined where the table has no such column. */
  readonly default: string | undefined;
}

/** Problems of one action, each a line; none if action.yml, inputs.ts and README.md say the same. */
export function checkAction(sources: ActionSources): string[] {
  const { name, manifestPath, readme, inputNames, outputNames } = sources;
  const manifest = record(parse(sources.manifest));
  const inputs = record(manifest['inputs']);
  const problems = [
    ...fieldProblems(manifest),
    ...runsProblems(sources, record(manifest['runs'])),
    ...describedProblems('input', inputs),
    ...describedProblems('output', record(manifest['outputs'])),
    ...differences('inputs', Object.keys(inputs), 'inputs.ts', inputNames),
    ...differences('outputs', Object.keys(record(manifest['outputs'])), 'inputs.ts', outputNames),
    ...(readme === undefined ? ['has no README.md'] : readmeProblems(readme, manifest)),
  ];
  return problems.map((problem) => `${manifestPath}: ${problem} (action ${name})`);
}

/** Problems of the action.yml at the root: it is the one of `cache`, with the paths of the root. */
export function checkRoot(rootManifest: string, cacheManifest: string): string[] {
  const expected = cacheManifest.replaceAll('../../dist/', 'dist/');
  return rootManifest === expected
    ? []
    : [`action.yml: differs from actions/cache/action.yml in line ${firstDifference(rootManifest, expected)}`];
}

/** The rows of the first table below the heading `## <heading>`; undefined if there is no such heading or table. */
export function readTable(markdown: string, heading: string): TableRow[] | undefined {
  const section = markdown.split(/^## /m).find((part) => part.split('\n')[0]?.trim() === heading);
  const lines = section?.split('\n').filter((line) => line.startsWith('|')) ?? [];
  const [header, , ...rows] = lines;
  if (header === undefined) return undefined;
  const defaultColumn = cells(header).indexOf('Default');
  return rows.map((row) => {
    const columns = cells(row);
    return {
      name: columns[0]?.match(/^`([^`]+)`/)?.[1] ?? columns[0] ?? '',
      default: defaultColumn === -1 ? undefined : (columns[defaultColumn] ?? '').replace(/^`(.*)`$/, '$1'),
    };
  });
}

/** Reads an action's files. Throws if inputs.ts does not export the two lists of names. */
export async function readAction(root: string, name: string, stubs: readonly string[]): Promise<ActionSources> {
  const folder = path.join(root, 'actions', name);
  const readme = path.join(folder, 'README.md');
  const inputs: unknown = await import(pathToFileURL(path.join(folder, 'inputs.ts')).href);
  return {
    name,
    manifest: readFileSync(path.join(folder, 'action.yml'), 'utf8'),
    manifestPath: `actions/${name}/action.yml`,
    readme: existsSync(readme) ? readFileSync(readme, 'utf8') : undefined,
    inputNames: stringList(record(inputs)['INPUT_NAMES'], `actions/${name}/inputs.ts: INPUT_NAMES`),
    outputNames: stringList(record(inputs)['OUTPUT_NAMES'], `actions/${name}/inputs.ts: OUTPUT_NAMES`),
    stubs,
  };
}

/** Problems of all actions below `root`. */
export async function checkManifests(root: string): Promise<string[]> {
  const plan = readPlan(root);
  const stubs = stubPaths(plan);
  const actions = await Promise.all(plan.map(({ name }) => readAction(root, name, stubs)));
  const rootManifest = path.join(root, 'action.yml');
  const cache = actions.find(({ name }) => name === 'cache');
  return [
    ...folderProblems(root),
    ...actions.flatMap(checkAction),
    ...(cache === undefined ? ['actions/cache/action.yml: missing'] : []),
    ...(existsSync(rootManifest)
      ? checkRoot(readFileSync(rootManifest, 'utf8'), cache?.manifest ?? '')
      : ['action.yml: missing']),
  ];
}

function folderProblems(root: string): string[] {
  return readdirSync(path.join(root, 'actions'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'lib')
    .filter(({ name }) => !existsSync(path.join(root, 'actions', name, 'action.yml')))
    .map(({ name }) => `actions/${name}: has no action.yml`);
}

function fieldProblems(manifest: Record<string, unknown>): string[] {
  const missing = ['name', 'description', 'author'].filter((field) => text(manifest[field]) === '');
  const branding = record(manifest['branding']);
  if (text(branding['icon']) === '' || text(branding['color']) === '') missing.push('branding (icon and color)');
  return missing.map((field) => `lacks ${field}`);
}

function runsProblems({ name, stubs }: ActionSources, runs: Record<string, unknown>): string[] {
  const problems = runs['using'] === 'node24' ? [] : [`runs.using is ${text(runs['using'])}, expected node24`];
  for (const phase of ['main', 'post']) {
    const file = runs[phase];
    if (file === undefined && phase === 'post') continue;
    const expected = `../../dist/${name}/${phase}.js`;
    if (file !== expected) problems.push(`runs.${phase} is ${text(file)}, expected ${expected}`);
    else if (!stubs.includes(`${name}/${phase}.js`))
      problems.push(`runs.${phase} is ${file}, which the build does not make`);
  }
  return problems;
}

function describedProblems(kind: string, entries: Record<string, unknown>): string[] {
  return Object.entries(entries)
    .filter(([, entry]) => text(record(entry)['description']) === '')
    .map(([name]) => `${kind} ${name} has no description`);
}

function readmeProblems(readme: string, manifest: Record<string, unknown>): string[] {
  const inputs = readTable(readme, 'Inputs');
  const outputs = readTable(readme, 'Outputs');
  const declared = record(manifest['inputs']);
  return [
    ...differences(
      'inputs',
      Object.keys(declared),
      'README.md',
      (inputs ?? []).map((row) => row.name),
    ),
    ...differences(
      'outputs',
      Object.keys(record(manifest['outputs'])),
      'README.md',
      (outputs ?? []).map((row) => row.name),
    ),
    ...(inputs ?? []).flatMap((row) => defaultProblem(row, record(declared[row.name]))),
  ];
}

function defaultProblem(row: TableRow, input: Record<string, unknown>): string[] {
  const expected = text(input['default']);
  if (row.default === undefined) return [`README.md has no column Default for the input ${row.name}`];
  return row.default === expected
    ? []
    : [`the default of ${row.name} is ${JSON.stringify(expected)}, README.md says ${JSON.stringify(row.default)}`];
}

function differences(what: string, declared: readonly string[], where: string, found: readonly string[]): string[] {
  return [
    ...declared.filter((name) => !found.includes(name)).map((name) => `${where} lacks ${name} of ${what}`),
    ...found.filter((name) => !declared.includes(name)).map((name) => `${where} has ${name}, which ${what} lacks`),
    ...found.filter((name, at) => found.indexOf(name) !== at).map((name) => `${where} has ${name} twice`),
  ];
}

/** A `|` inside backticks is written `\|` in a Markdown table. */
function cells(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function firstDifference(left: string, right: string): number {
  const [a, b] = [left.split('\n'), right.split('\n')];
  return a.findIndex((line, at) => line !== b[at]) + 1 || a.length + 1;
}

function stringList(value: unknown, what: string): string[] {
  if (!Array.isArray(value) || !value.every((it): it is string => typeof it === 'string')) {
    throw new Error(`${what} is not a list of strings.`);
  }
  return value;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = path.dirname(import.meta.dirname);
  const problems = await checkManifests(root);
  for (const problem of problems) console.error(problem);
  console.log(`manifests: ${readPlan(root).length} actions, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
