// The Go programs that the checks and the end-to-end tests use, each at one version, each built once into a folder of its own version.
//
//   node scripts/tools.mjs            makes all of them available and prints their paths
//   node scripts/tools.mjs crane act  only these
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { withLock } from './lock.mjs';

const run = promisify(execFile);

/**
 * @typedef {{ module: string, package: string, version: string, versionArgs: string[] }} Tool
 * `versionArgs` make the program print its version.
 */

/** @type {Readonly<Record<string, Tool>>} */
export const TOOLS = {
  act: { module: 'github.com/nektos/act', package: '', version: 'v0.2.89', versionArgs: ['--version'] },
  actionlint: {
    module: 'github.com/rhysd/actionlint',
    package: '/cmd/actionlint',
    version: 'v1.7.12',
    versionArgs: ['-version'],
  },
  crane: {
    module: 'github.com/google/go-containerregistry',
    package: '/cmd/crane',
    version: 'v0.22.1',
    versionArgs: ['version'],
  },
};

/**
 * Path of a tool at its version: one on PATH, one that was built before, or one that is built now.
 * Throws an error that says what to install where none of them can be had.
 *
 * @param {string} name a key of TOOLS
 * @param {string} [folder] where built tools are kept
 * @returns {Promise<string>}
 */
export async function toolPath(name, folder = defaultFolder()) {
  const tool = TOOLS[name];
  if (tool === undefined) throw new Error(`${name} is none of ${Object.keys(TOOLS).join(', ')}.`);
  const built = path.join(folder, `${name}-${tool.version}`, executable(name));
  if (existsSync(built)) return built;
  const found = await onPath(name, tool);
  if (found !== undefined) return found;
  return withLock(path.join(folder, `${name}.lock`), () => buildTool(name, tool, built));
}

/**
 * @param {string} name
 * @param {Tool} tool
 * @param {string} target
 */
async function buildTool(name, tool, target) {
  if (existsSync(target)) return target;
  const source = `${tool.module}${tool.package}@${tool.version}`;
  const aside = `${path.dirname(target)}.${process.pid}`;
  mkdirSync(aside, { recursive: true });
  try {
    await run('go', ['install', source], { env: { ...process.env, GOBIN: aside }, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw new Error(missing(name, tool, error));
  }
  rmSync(path.dirname(target), { recursive: true, force: true });
  renameSync(aside, path.dirname(target));
  return target;
}

/**
 * @param {string} name
 * @param {Tool} tool
 * @param {unknown} error
 */
function missing(name, tool, error) {
  const reason = error instanceof Error ? error.message.trim() : String(error);
  const how = /ENOENT/.test(reason)
    ? 'Neither it nor Go is on PATH: install Go 1.25 or newer, then it is built by itself'
    : `Building it failed: ${reason}`;
  return `${name} ${tool.version} is missing. ${how} (or put ${name} ${tool.version} on PATH).`;
}

/**
 * A tool on PATH counts only at the wanted version: another one may judge differently.
 * @param {string} name
 * @param {Tool} tool
 */
async function onPath(name, tool) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, executable(name));
    if (folder === '' || !existsSync(file)) continue;
    try {
      const { stdout } = await run(file, tool.versionArgs);
      if (namesVersion(stdout, tool.version)) return file;
    } catch {
      // Not a program that runs here: look further.
    }
  }
  return undefined;
}

/**
 * Whether a program's output names the version, with or without its `v`.
 * @param {string} output
 * @param {string} version
 */
export function namesVersion(output, version) {
  const bare = version.replace(/^v/, '').replaceAll('.', '\\.');
  return new RegExp(`(^|[^0-9.])${bare}($|[^0-9.])`, 'm').test(output);
}

/** @param {string} name */
function executable(name) {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

function defaultFolder() {
  return process.env.WAYBILL_TOOLS ?? path.join(path.dirname(import.meta.dirname), '.cache', 'tools');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TOOLS);
  for (const name of names) {
    try {
      console.log(`${name} ${await toolPath(name)}`);
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    }
  }
}
