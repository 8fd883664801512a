// The Go programs that the checks and the end-to-end tests use, each at one version, each built once into a folder of its own version.
// A program of this repository is of the version that its files say.
//
//   node scripts/tools.mjs            makes all of them available and prints their paths
//   node scripts/tools.mjs crane act  only these
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { withLock } from './lock.mjs';

const run = promisify(execFile);
const ROOT = path.dirname(import.meta.dirname);

/**
 * @typedef {{ module: string, package: string, version: string, versionArgs: string[] }} PublishedTool
 * `versionArgs` make the program print its version.
 *
 * @typedef {{ source: string, package?: string }} OwnTool
 * `source` is the folder of its Go module, relative to this repository, with `/`; `package` what is built there, by
 * default the module itself.
 *
 * @typedef {PublishedTool | OwnTool} Tool
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
  // Parts of Docker that Debian does not have, at the versions of one go.mod.
  buildctl: { source: 'test/tools/docker', package: 'github.com/moby/buildkit/cmd/buildctl' },
  buildkitd: { source: 'test/tools/docker', package: 'github.com/moby/buildkit/cmd/buildkitd' },
  buildx: { source: 'test/tools/docker', package: 'github.com/docker/buildx/cmd/buildx' },
  // Which files of a context .dockerignore leaves out, by the library that BuildKit uses.
  dockerignore: { source: 'test/tools/dockerignore' },
  cosign: {
    module: 'github.com/sigstore/cosign/v3',
    package: '/cmd/cosign',
    version: 'v3.1.2',
    versionArgs: ['version'],
  },
  // go-containerregistry's registry, with the referrers API that its own program leaves out.
  'ggcr-registry': { source: 'test/registries/ggcr' },
  regctl: {
    module: 'github.com/regclient/regclient',
    package: '/cmd/regctl',
    version: 'v0.11.7',
    versionArgs: ['version'],
  },
};

/**
 * Path of a tool at its version: one on PATH, one that was built before, or one that is built now. A program of this
 * repository is never taken from PATH.
 * Throws an error that says what to install where none of them can be had.
 *
 * @param {string} name a key of TOOLS
 * @param {string} [folder] where built tools are kept
 * @returns {Promise<string>}
 */
export async function toolPath(name, folder = defaultFolder()) {
  const tool = TOOLS[name];
  if (tool === undefined) throw new Error(`${name} is none of ${Object.keys(TOOLS).join(', ')}.`);
  const version = 'source' in tool ? sourceVersion(path.join(ROOT, tool.source)) : tool.version;
  const built = path.join(folder, `${name}-${version}`, executable(name));
  if (existsSync(built)) return built;
  const found = 'source' in tool ? undefined : await onPath(name, tool);
  if (found !== undefined) return found;
  return withLock(path.join(folder, `${name}.lock`), () => buildTool(name, tool, built));
}

/**
 * The version of a Go module of our own: 12 hex digits over the names and bytes of the files in its folder.
 * @param {string} folder
 */
export function sourceVersion(folder) {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).toSorted()) {
    const bytes = readFileSync(path.join(folder, file));
    hash.update(`${file.length}:${file},${bytes.byteLength}:`).update(bytes).update(',');
  }
  return hash.digest('hex').slice(0, 12);
}

/**
 * @param {string} name
 * @param {Tool} tool
 * @param {string} target
 */
async function buildTool(name, tool, target) {
  if (existsSync(target)) return target;
  const aside = `${path.dirname(target)}.${process.pid}`;
  mkdirSync(aside, { recursive: true });
  const { args, cwd, env } =
    'source' in tool
      ? {
          args: ['build', '-trimpath', '-o', path.join(aside, executable(name)), tool.package ?? '.'],
          cwd: path.join(ROOT, tool.source),
          env: {},
        }
      : { args: ['install', `${tool.module}${tool.package}@${tool.version}`], cwd: ROOT, env: { GOBIN: aside } };
  try {
    await run('go', args, { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 });
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
  if ('source' in tool) return `${name} is missing. ${how}. Its source: ${tool.source}`;
  return `${name} ${tool.version} is missing. ${how} (or put ${name} ${tool.version} on PATH).`;
}

/**
 * A tool on PATH counts only at the wanted version: another one may judge differently.
 * @param {string} name
 * @param {PublishedTool} tool
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
  return process.env.WAYBILL_TOOLS ?? path.join(ROOT, '.cache', 'tools');
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
