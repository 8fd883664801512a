// packages/cli as it is published: sources → tsc -b → one ncc bundle with lazy chunks → minified → packages/cli/dist.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle, compile, replaceFolder } from './build.mjs';
import { withLock } from './lock.mjs';

/**
 * @param {string} root
 * @param {{ compiled?: boolean, log?: (line: string) => void }} [options] `compiled`: the `lib` folders are up to date
 * @returns {Promise<string>} the folder
 */
export function buildCli(root, { compiled = false, log = console.error } = {}) {
  const folder = path.join(root, 'packages', 'cli');
  return withLock(
    path.join(root, '.cache', 'build.lock'),
    async () => {
      if (!compiled) compile(root);
      replaceFolder(path.join(folder, 'dist'), await bundle(path.join(folder, 'lib', 'main.js')));
      return path.join(folder, 'dist');
    },
    (owner) => log(`build: waiting for another build (process ${owner})`),
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { values } = parseArgs({ options: { compiled: { type: 'boolean', default: false } } });
    // On standard error: `npm pack --json` reads its own from standard output.
    console.error(`build: ${await buildCli(path.dirname(import.meta.dirname), values)}`);
  } catch (error) {
    console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
