// All checks, in the order in which they are cheapest to fail; goes on after a red one and says at the end which were red.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const results = path.join(root, '.cache', 'results');

/** @type {readonly (readonly [string, readonly [string, ...string[]]])[]} */
const STEPS = [
  ['build', ['npm', 'run', '--silent', 'build']],
  ['types', ['npm', 'run', '--silent', 'types']],
  ['lint', ['npm', 'run', '--silent', 'lint']],
  ['format', ['npm', 'run', '--silent', 'format:check']],
  ['layers', ['npm', 'run', '--silent', 'layers']],
  ['manifests', ['npm', 'run', '--silent', 'manifests']],
  ['sizes', ['npm', 'run', '--silent', 'sizes']],
  ['actionlint', ['npm', 'run', '--silent', 'actionlint']],
  ['unit tests', ['npm', 'test', '--silent', '--', '--json', `--outputFile=${path.join(results, 'unit.json')}`]],
];

/** @param {readonly [string, ...string[]]} command */
function execute([command, ...args]) {
  // npm is a batch file on Windows, which only a shell starts; no argument here has a character that a shell reads.
  const shell = process.platform === 'win32';
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell }).status === 0;
}

mkdirSync(results, { recursive: true });
rmSync(path.join(results, 'unit.json'), { force: true });
const outcomes = STEPS.map(([name, command]) => {
  console.log(`\n── ${name}`);
  const started = performance.now();
  const ok = execute(command);
  return { name, ok, seconds: (performance.now() - started) / 1000 };
});

console.log('\n── verify');
for (const { name, ok, seconds } of outcomes) {
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
}
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
