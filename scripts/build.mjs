// sources → tsc -b → one ncc bundle of all actions with lazy chunks → minified → dist/, with a stub for each phase of each action.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { minify } from '@swc/core';
import ncc from '@vercel/ncc';
import { withLock } from './lock.mjs';
import { CLI_STUB, cliStubSource, distManifest, entrySource, hasCli, readPlan, stubSource } from './plan.mjs';

/** @typedef {Map<string, Buffer>} Files path below dist, with `/`, to content */

/**
 * @param {string} root
 * @param {{ force?: boolean, log?: (line: string) => void }} [options]
 * @returns {Promise<'built' | 'up to date'>}
 */
export function build(root, { force = false, log = console.log } = {}) {
  return withLock(
    path.join(root, '.cache', 'build.lock'),
    async () => {
      const plan = readPlan(root);
      const cli = hasCli(root);
      compile(root);
      writeIfChanged(path.join(root, 'actions', 'lib', 'bundle.js'), entrySource(plan, { cli }));
      const record = path.join(root, '.cache', 'build.json');
      const inputs = hashInputs(root);
      const outputs = hashFiles(readFiles(path.join(root, 'dist')));
      if (!force && existsSync(record) && readFileSync(record, 'utf8') === JSON.stringify({ inputs, outputs })) {
        return 'up to date';
      }
      const files = await bundle(path.join(root, 'actions', 'lib', 'bundle.js'));
      for (const { name, phases } of plan) {
        for (const phase of phases) files.set(`${name}/${phase}.js`, Buffer.from(stubSource(name, phase)));
      }
      if (cli) {
        files.set(CLI_STUB, Buffer.from(cliStubSource()));
        files.set('package.json', distManifest(readVersion(root)));
      }
      replaceFolder(path.join(root, 'dist'), files);
      writeFileSync(record, JSON.stringify({ inputs, outputs: hashFiles(files) }));
      return 'built';
    },
    (owner) => log(`build: waiting for another build (process ${owner})`),
  );
}

/**
 * Sources to `lib` folders.
 * @param {string} root
 */
export function compile(root) {
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const result = spawnSync(process.execPath, [tsc, '-b', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0)
    throw new Error(`tsc -b ended with ${result.status ?? result.signal}; its messages stand above.`);
}

/**
 * Bundles and minifies.
 * @param {string} entry
 * @returns {Promise<Files>}
 */
export async function bundle(entry) {
  // ncc 0.45.0 asks fs.existsSync for undefined (DEP0187), which is not news to whoever builds.
  process.noDeprecation = true;
  const { code, assets } = await ncc(entry, { cache: false, license: 'licenses.txt', quiet: true, target: 'es2024' });
  /** @type {Files} */
  const files = new Map([['index.js', Buffer.from(code)]]);
  for (const [name, { source }] of Object.entries(assets)) files.set(name, Buffer.from(source));
  for (const [name, content] of files) {
    if (name.endsWith('.js')) files.set(name, await minified(name, content));
  }
  files.set('package.json', distManifest());
  return files;
}

/** @param {string} root */
function readVersion(root) {
  return String(JSON.parse(readFileSync(path.join(root, 'packages', 'cli', 'package.json'), 'utf8')).version);
}

/**
 * Names of classes and functions stay: errors and stack traces that users send show them.
 * @param {string} name
 * @param {Buffer} content
 */
async function minified(name, content) {
  try {
    const names = { keep_classnames: true, keep_fnames: true };
    const { code } = await minify(content.toString('utf8'), {
      module: true,
      compress: names,
      mangle: names,
      ...names,
      ecma: 2020,
    });
    return Buffer.from(code);
  } catch (error) {
    throw new Error(`dist/${name} could not be minified: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * What the bundle is made of: the compiled sources, the dependencies and the build's own scripts.
 * @param {string} root
 */
function hashInputs(root) {
  const hash = createHash('sha256');
  const folders = ['actions/lib', ...readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}/lib`)];
  for (const folder of folders) hash.update(`${folder} ${hashFiles(readFiles(path.join(root, folder)))}\n`);
  const others = ['package-lock.json', 'packages/cli/package.json', 'scripts/build.mjs', 'scripts/plan.mjs'];
  const manifests = readdirSync(path.join(root, 'actions')).map((name) => `actions/${name}/action.yml`);
  for (const file of [...others, ...manifests]) {
    if (existsSync(path.join(root, file))) hash.update(`${file} ${sha256(readFileSync(path.join(root, file)))}\n`);
  }
  return hash.digest('hex');
}

/** @param {Files} files */
function hashFiles(files) {
  const lines = [...files].map(([name, content]) => `${name} ${sha256(content)}\n`).sort();
  return sha256(Buffer.from(lines.join('')));
}

/** @param {Buffer} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * @param {string} folder
 * @returns {Files}
 */
export function readFiles(folder) {
  /** @type {Files} */
  const files = new Map();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.tsbuildinfo')) continue;
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(folder, file).split(path.sep).join('/'), readFileSync(file));
  }
  return files;
}

/**
 * Writes a folder beside the old one and swaps them, so that a step that starts meanwhile finds a whole one.
 * @param {string} folder
 * @param {Files} files
 */
export function replaceFolder(folder, files) {
  const fresh = `${folder}.new`;
  const old = `${folder}.old`;
  for (const leftover of [fresh, old]) rmSync(leftover, { recursive: true, force: true });
  for (const [name, content] of files) {
    const file = path.join(fresh, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(fresh, folder);
  rmSync(old, { recursive: true, force: true });
}

/**
 * @param {string} file
 * @param {string} content
 */
function writeIfChanged(file, content) {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { values } = parseArgs({
      options: {
        force: { type: 'boolean', default: false },
        root: { type: 'string', default: path.dirname(import.meta.dirname) },
      },
    });
    const started = performance.now();
    const outcome = await build(path.resolve(values.root), { force: values.force });
    console.log(`build: ${outcome} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
