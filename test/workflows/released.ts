import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { release } from '../../scripts/release.mjs';
import { commitAll } from './scratch-repository.ts';

/** This repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What `uses:` names in the tests. */
export const SLUG = 'octo-org/waybill';

/**
 * Makes the release `v1` of the files as they stand, with `dist/` as it was built last, and unpacks it as a runner does.
 *
 * @param base an empty folder that the caller removes
 * @returns the folder that `uses: octo-org/waybill@v1` means
 */
export function layRelease(base: string): string {
  const repo = join(base, 'waybill');
  for (const file of sourceFiles()) {
    const target = join(repo, file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(ROOT, file), target);
  }
  commitAll(repo, SLUG);
  release({ repo, version: '1.0.0', dist: join(ROOT, 'dist'), slug: SLUG, log: () => {} });

  const unpacked = join(base, 'v1');
  mkdirSync(unpacked);
  const archive = execFileSync('git', ['archive', 'v1'], { cwd: repo, maxBuffer: 256 * 1024 * 1024 });
  execFileSync('tar', ['-x', '-C', unpacked], { input: archive });
  return unpacked;
}

/** What a commit of the work tree would hold: a change is tested before it is committed. */
function sourceFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(list.split('\0'))].filter((file) => file !== '' && existsSync(join(ROOT, file)));
}
