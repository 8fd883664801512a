import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const ACTION = fileURLToPath(new URL('../../dist/save-cache/main.js', import.meta.url));
const LIMIT_MS = 60_000;

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'waybill-nobody-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test('a step whose runner has gone ends by itself, instead of telling nobody for ever', async () => {
  const workspace = join(base, 'work');
  mkdirSync(join(workspace, 'tree'), { recursive: true });
  writeFileSync(join(workspace, 'tree', 'a.txt'), 'a');
  const child = spawn(process.execPath, [ACTION], {
    cwd: workspace,
    env: {
      PATH: process.env['PATH'],
      HOME: base,
      RUNNER_TEMP: base,
      GITHUB_WORKSPACE: workspace,
      GITHUB_REPOSITORY: 'octo-org/app',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_EVENT_NAME: 'push',
      INPUT_PATH: 'tree',
      INPUT_KEY: 'k-1',
      INPUT_STORE: `dir:${join(base, 'store')}`,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.destroy();
  const ended = new Promise<string>((resolve) => {
    child.once('close', () => resolve('ended'));
    setTimeout(() => resolve(`still there after ${LIMIT_MS} ms`), LIMIT_MS).unref();
  });
  try {
    expect(await ended).toBe('ended');
  } finally {
    child.kill('SIGKILL');
  }
});
