// Makes node_modules what package-lock.json says. Runs before every npm script, on any Node from 20 on, with no package
// installed; costs a hash of the lockfile when there is nothing to do.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lock.mjs';

const WANTED_NODE = 'v24.';

/**
 * What an install depends on: the lockfile, the platform and the processor.
 * @param {string} root
 * @param {string} platform
 * @param {string} arch
 */
export function fingerprint(root, platform = process.platform, arch = process.arch) {
  const lockfile = readFileSync(path.join(root, 'package-lock.json'));
  return createHash('sha256').update(`${platform}\n${arch}\n`).update(lockfile).digest('hex');
}

/** @param {string} root */
export function stampFile(root) {
  return path.join(root, 'node_modules', '.installed');
}

/**
 * @param {string} root
 * @param {string} wanted
 */
export function isInstalled(root, wanted) {
  return existsSync(stampFile(root)) && readFileSync(stampFile(root), 'utf8').trim() === wanted;
}

/**
 * Installs when needed, once even if several ask at the same time.
 *
 * @param {string} root folder of package-lock.json
 * @param {{ install: (root: string) => void, nodeVersion: (root: string) => string, log: (line: string) => void }} machine
 * @returns {Promise<boolean>} whether anything was installed
 */
export async function setUp(root, machine) {
  const wanted = fingerprint(root);
  if (isInstalled(root, wanted)) return false;
  return withLock(
    path.join(root, '.cache', 'setup.lock'),
    () => {
      if (isInstalled(root, wanted)) return false;
      machine.log('setup: installing what package-lock.json names (npm ci)');
      machine.install(root);
      const version = machine.nodeVersion(root);
      if (!version.startsWith(WANTED_NODE)) {
        throw new Error(
          `node_modules/.bin/node is ${version}, expected ${WANTED_NODE}x: ` +
            "the package `node` could not run its install script. Allow it (npm's `ignore-scripts` must be off), then try again.",
        );
      }
      writeFileSync(stampFile(root), `${wanted}\n`);
      return true;
    },
    (owner) => machine.log(`setup: waiting for another set-up (process ${owner})`),
  );
}

/** The Node that runs npm may be older than what some packages ask for: scripts run on that of node_modules. */
const QUIET = ['--loglevel=error'];

/** @param {string} root */
function npmCi(root) {
  const inside = path.relative(path.join(root, 'node_modules'), process.execPath);
  if (process.platform === 'win32' && !inside.startsWith('..') && !path.isAbsolute(inside)) {
    // Windows does not replace a program that runs, and this one runs from node_modules.
    throw new Error('package-lock.json changed: run `npm ci` yourself, then try again.');
  }
  const cli = process.env.npm_execpath;
  const node = process.env.npm_node_execpath;
  // npm's own program and its own Node where we run below npm: `npm ci` replaces the Node of node_modules.
  const [command, ...args] = cli && node && existsSync(node) ? [node, cli, 'ci', ...QUIET] : ['npm', 'ci', ...QUIET];
  const result = spawnSync(command, args, {
    cwd: root,
    // Standard output is kept for the script that asked for this set-up.
    stdio: ['ignore', 2, 2],
    shell: command === 'npm' && process.platform === 'win32',
    env: installEnvironment(process.env),
  });
  if (result.error) throw new Error(`npm ci could not be started: ${result.error.message}`);
  if (result.status !== 0)
    throw new Error(`npm ci ended with ${result.status ?? result.signal}; its output stands above.`);
}

/**
 * The environment without what the outer npm command was called with: `npm test --ignore-scripts` must not reach the install.
 * @param {NodeJS.ProcessEnv} env
 */
export function installEnvironment(env) {
  const kept = { ...env };
  delete kept.npm_config_ignore_scripts;
  delete kept.npm_config_workspace;
  delete kept.NODE_ENV;
  return kept;
}

/** @param {string} root */
function installedNodeVersion(root) {
  const node =
    process.platform === 'win32'
      ? path.join(root, 'node_modules', 'node', 'bin', 'node.exe')
      : path.join(root, 'node_modules', '.bin', 'node');
  try {
    return execFileSync(node, ['-v'], { encoding: 'utf8' }).trim();
  } catch {
    return 'missing';
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = path.dirname(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname));
  try {
    await setUp(root, { install: npmCi, nodeVersion: installedNodeVersion, log: (line) => console.error(line) });
  } catch (error) {
    console.error(`setup: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
