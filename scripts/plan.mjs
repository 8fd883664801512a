// What the build makes: a stub for each phase of each action. A new folder below actions/ with an action.yml is all it takes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/**
 * @typedef {{ name: string, phases: ('main' | 'post')[] }} PlannedAction
 */

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
 * Paths of the stubs, relative to dist.
 * @param {PlannedAction[]} plan
 */
export function stubPaths(plan) {
  return plan.flatMap(({ name, phases }) => phases.map((phase) => `${name}/${phase}.js`));
}

/**
 * A stub: it starts one phase in the bundle. The compile cache lives below RUNNER_TEMP alone, which the runner empties between jobs:
 * anywhere else one job could plant code for the next.
 * @param {string} action
 * @param {'main' | 'post'} phase
 */
export function stubSource(action, phase) {
  return [
    "import{enableCompileCache as c}from'node:module';",
    'const t=process.env.RUNNER_TEMP;',
    't&&c(`${t}/waybill-compile-cache`);',
    "const e=new URL('../index.js',import.meta.url);",
    `await(await import(e)).start('${action}','${phase}',e);`,
    '',
  ].join('\n');
}

/**
 * The source that ncc starts from: every step behind an import of its own, which becomes a chunk of its own.
 * @param {PlannedAction[]} plan
 */
export function entrySource(plan) {
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
    'await serveWorkerThread();',
    '',
  ].join('\n');
}
