import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Sources {
  /** A bare repository: the history, and the ledger. */
  readonly bare: string;
  /** Commits, and gives the commit. @param files what is in it besides, text by name */
  commit(message: string, files?: Readonly<Record<string, string>>): string;
  /** A checkout of what was committed last, in an empty folder. */
  checkOut(folder: string): void;
}

/** @param folder must not exist */
export function openSources(folder: string): Sources {
  const bare = join(folder, 'app.git');
  const work = join(folder, 'app');
  mkdirSync(folder);
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=octocat', '-c', 'user.email=octocat@localhost', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
  git(folder, 'clone', '--quiet', bare, work);
  git(work, 'checkout', '--quiet', '-B', 'main');
  return {
    bare,
    commit: (message, files = {}) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text);
      git(work, 'add', '--all');
      git(work, 'commit', '--quiet', '--allow-empty', '--no-gpg-sign', '--message', message);
      git(work, 'push', '--quiet', 'origin', 'main');
      return git(work, 'rev-parse', 'HEAD');
    },
    checkOut: (target) => void git(folder, 'clone', '--quiet', bare, target),
  };
}
