import { execFileSync } from 'node:child_process';
import { devNull } from 'node:os';

/** An environment in which git knows nothing of this machine's settings. */
export function gitEnv(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(kept),
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    ...more,
  };
}

/** Runs git in a folder and gives what it wrote, trimmed. Throws where it fails. */
export function runGit(folder: string, args: readonly string[], input: string | Uint8Array = ''): string {
  const who = { name: 'Octo Cat', email: 'octo@example.invalid' };
  return execFileSync('git', [...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: gitEnv({
      GIT_AUTHOR_NAME: who.name,
      GIT_AUTHOR_EMAIL: who.email,
      GIT_COMMITTER_NAME: who.name,
      GIT_COMMITTER_EMAIL: who.email,
    }),
  }).trim();
}
