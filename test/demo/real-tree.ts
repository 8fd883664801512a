import { cpSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Packages above this are one program each (Node itself), and say little about dependency trees. */
const LARGEST_PACKAGE = 64e6;

export interface RealTree {
  readonly packages: readonly string[];
  readonly files: number;
  readonly bytes: number;
}

/** Copies the installed packages of this project, times and links kept, into `target`, which must not exist. */
export function copyRealTree(nodeModules: string, target: string): RealTree {
  mkdirSync(target);
  const packages: string[] = [];
  let files = 0;
  let bytes = 0;
  for (const name of packageFolders(nodeModules)) {
    const size = measure(join(nodeModules, name));
    if (size.bytes > LARGEST_PACKAGE) continue;
    cpSync(join(nodeModules, name), join(target, name), {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    packages.push(name);
    files += size.files;
    bytes += size.bytes;
  }
  return { packages, files, bytes };
}

/** Top-level and scoped packages; workspaces are links and no packages of others. */
function packageFolders(nodeModules: string): string[] {
  return readdirSync(nodeModules, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap((entry) =>
      entry.name.startsWith('@')
        ? readdirSync(join(nodeModules, entry.name), { withFileTypes: true })
            .filter((scoped) => scoped.isDirectory())
            .map((scoped) => `${entry.name}/${scoped.name}`)
        : [entry.name],
    )
    .sort();
}

function measure(folder: string): { files: number; bytes: number } {
  let files = 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files++;
    bytes += lstatSync(join(entry.parentPath, entry.name)).size;
  }
  return { files, bytes };
}
