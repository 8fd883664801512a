// actionlint over the project's workflows, those of the tests and the examples.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { toolPath } from './tools.mjs';

/** actionlint 1.7.12 does not know the permission `cache-mode`; this goes when a release does. */
const IGNORED = ['unknown permission scope "cache-mode"'];

/**
 * Workflow files, relative to the root: `.github/workflows`, `test/workflows` and `examples`.
 * @param {string} root
 * @returns {string[]}
 */
export function workflowFiles(root) {
  return ['.github/workflows', 'test/workflows', 'examples']
    .filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name) && !/^action\.ya?ml$/.test(entry.name))
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))),
    )
    .sort();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = path.dirname(import.meta.dirname);
  const files = workflowFiles(root);
  try {
    const actionlint = await toolPath('actionlint');
    // Without shellcheck and pyflakes: whether they are installed must not change the verdict.
    const args = ['-shellcheck=', '-pyflakes=', ...IGNORED.flatMap((pattern) => ['-ignore', pattern]), ...files];
    const { status, error } = spawnSync(actionlint, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    if (error) throw error;
    console.log(`actionlint: ${files.length} workflows`);
    process.exitCode = status ?? 1;
  } catch (error) {
    console.error(`actionlint: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
