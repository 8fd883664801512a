import { spawn } from 'node:child_process';
import type { Env } from '../../http/index.ts';

/** What a credential helper printed, and its exit code; -1 where it was ended for taking too long. */
export interface HelperResult {
  readonly code: number;
  readonly output: string;
}

/** Runs `docker-credential-<name> get` with the host on its standard input. Rejects where there is no such program. */
export type RunHelper = (name: string, host: string) => Promise<HelperResult>;

const MAX_OUTPUT_BYTES = 256 * 1024;

/** {@link RunHelper} by a process of its own, with this environment. `timeoutMs`: milliseconds until it is ended. */
export function runCredentialHelper(env: Env, timeoutMs = 20_000): RunHelper {
  return (name, host) =>
    new Promise((resolve, reject) => {
      const child = spawn(`docker-credential-${name}`, ['get'], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
      let output = '';
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.kill('SIGKILL');
        child.stdout.destroy();
      }, timeoutMs);
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.length > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
      });
      child.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ code: late ? -1 : (code ?? 1), output });
      });
      child.stdin.on('error', () => undefined);
      child.stdin.end(host);
    });
}
