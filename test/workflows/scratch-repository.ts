import { execFileSync } from 'node:child_process';

/** Makes `folder` a repository whose one commit on `main` holds all that is in it, and whose origin is on GitHub by name. */
export function commitAll(folder: string, slug: string): void {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'octocat');
  git('config', 'user.email', 'octocat@localhost');
  git('config', 'commit.gpgsign', 'false');
  git('config', 'tag.gpgsign', 'false');
  git('remote', 'add', 'origin', `https://github.com/${slug}`);
  git('add', '--all');
  git('commit', '--quiet', '--no-verify', '--message', 'all of it');
}
