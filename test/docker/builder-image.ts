import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { toolPath } from '../../scripts/tools.mjs';
import { requireProgram } from '../tools/require-program.ts';
import type { DockerClient } from './docker-client.ts';

/**
 * Makes an image of BuildKit in the engine, as `moby/buildkit` is one: what buildx starts for its docker-container driver.
 * @returns the image's name
 */
export async function makeBuilderImage(client: DockerClient): Promise<string> {
  const name = 'waybill-tests/buildkit:latest';
  const folder = mkdtempSync(join(tmpdir(), 'waybill-image-'));
  try {
    const bin = join(folder, 'root', 'usr', 'bin');
    for (const made of [bin, join(folder, 'root', 'tmp')]) mkdirSync(made, { recursive: true });
    copyFileSync(await toolPath('buildkitd'), join(bin, 'buildkitd'));
    copyFileSync(await toolPath('buildctl'), join(bin, 'buildctl'));
    copyFileSync(requireProgram('busybox'), join(bin, 'busybox'));
    symlinkSync('busybox', join(bin, 'sh'));
    copyWithLibraries(requireProgram('runc'), 'usr/bin/runc', join(folder, 'root'));
    const archive = join(folder, 'root.tar');
    execFileSync('tar', ['--create', '--file', archive, '--directory', join(folder, 'root'), '.']);
    await client.docker('import', '--change', 'ENTRYPOINT ["buildkitd"]', archive, name);
    return name;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function copyWithLibraries(program: string, target: string, root: string): void {
  const listing = execFileSync('ldd', [program], { encoding: 'utf8' });
  const libraries = [...listing.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
  for (const [from, to] of [[program, target], ...libraries.map((path) => [path, path.slice(1)])]) {
    if (from === undefined || to === undefined) continue;
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(from, join(root, to));
  }
}
