// What the build makes: a stub for each phase of each action, and one for the command line that `setup` puts on PATH. A new
// folder below actions/ with an action.yml is all it takes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/**
 * @typedef {{ name: string, phases: ('main' | 'post')[] }} PlannedAction
 */

/** The command line as the actions' bundle brings it, relative to dist: what the action `setup` puts on PATH. */
export const CLI_STUB = 'cli.js';

/** The command line's module, from the root, as it was compiled. */
const CLI_PROGRAM = 'packages/cli/lib/program/index.js';

/**
 * The actions of a repository, by name. The action.yml at the top is `cache` under another path.
 * @param {string} root
 * @returns {PlannedAction[]}
 */
export function readPlan(root) {
  const folder = path.join(root, 'actions');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, 'action.yml')))
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({ name, phases: phasesOf(readFileSync(path.join(folder, name, 'action.yml'), 'utf8')) }));
}

/**
 * @param {string} actionYml
 * @returns {('main' | 'post')[]}
 */
export function phasesOf(actionYml) {
  const runs = parse(actionYml)?.runs ?? {};
  return /** @type {const} */ (['main', 'post']).filter((phase) => typeof runs[phase] === 'string');
}

/**
 * Whether a repository has a command line to bring along.
 * @param {string} root
 */
export function hasCli(root) {
  return existsSync(path.join(root, 'packages', 'cli', 'package.json'));
}

/**
 * Paths of the stubs of the actions, relative to dist.
 * @param {PlannedAction[]} plan
 */
export function stubPaths(plan) {
  return plan.flatMap(({ name, phases }) => phases.map((phase) => `${name}/${phase}.js`));
}

/**
 * A stub: it starts one phase in the bundle.
 * @param {string} action
 * @param {'main' | 'post'} phase
 */
export function stubSource(action, phase) {
  return stub('../index.js', `start('${action}','${phase}',e)`);
}

/** The stub of the command line: it starts in the same bundle, and has its chunks in common with the actions. */
export function cliStubSource() {
  return stub('index.js', 'startCli(e)');
}

/**
 * The compile cache lives below RUNNER_TEMP alone, which the runner empties between jobs: anywhere else one job could plant
 * code for the next.
 * @param {string} bundle from where the stub lies
 * @param {string} call of what the bundle exports; `e` is the bundle's URL
 */
function stub(bundle, call) {
  return [
    "import{enableCompileCache as c}from'node:module';",
    'const t=process.env.RUNNER_TEMP;',
    't&&c(`${t}/waybill-compile-cache`);',
    `const e=new URL('${bundle}',import.meta.url);`,
    `await(await import(e)).${call};`,
    '',
  ].join('\n');
}

/**
 * The package.json of a bundle: stubs and chunks are ES modules wherever it is laid.
 * @param {string} [version] what the command line calls itself
 */
export function distManifest(version) {
  return Buffer.from(`${JSON.stringify({ type: 'module', version })}\n`);
}

/**
 * The source that ncc starts from: every step behind an import of its own, which becomes a chunk of its own.
 * @param {PlannedAction[]} plan
 * @param {{ cli?: boolean }} [options] whether the command line is in it
 */
export function entrySource(plan, { cli = false } = {}) {
  const steps = plan.flatMap(({ name, phases }) =>
    phases.map((phase) => `  '${name}/${phase}': async () => (await import('./${name}/${phase}.js')).${phase},`),
  );
  return [
    "import { serveWorkerThread, startStep } from './index.js';",
    '',
    'const steps = {',
    ...steps,
    '};',
    '',
    'export const start = (action, phase, entry) => startStep(steps, action, phase, entry);',
    '',
    ...(cli ? cliSource() : []),
    'await serveWorkerThread();',
    '',
  ].join('\n');
}

/** The version is that of dist, which a release sets. */
function cliSource() {
  return [
    'export const startCli = async (entry) => {',
    `  const { readVersion, start } = await import('../../${CLI_PROGRAM}');`,
    "  await start(process, { version: readVersion(new URL('package.json', entry)), worker: entry });",
    '};',
    '',
  ];
}
