import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const LOOK_MS = 100;

export interface Daemon {
  /** `unix://…`. */
  readonly address: string;
  /** Its own folder, which goes when it stops. */
  readonly folder: string;
  /** What it printed so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface DaemonOptions {
  /** For messages. */
  readonly name: string;
  readonly program: string;
  readonly args: (folder: string, address: string) => readonly string[];
  /** Whether it answers. */
  readonly isReady: (address: string) => Promise<boolean>;
  /** Before its folder is removed. */
  readonly tidy?: (folder: string) => Promise<void>;
}

/**
 * Starts a daemon on a socket in a folder of its own.
 * @throws Error with what it printed, if it does not come up within a minute
 */
export async function startDaemon({ name, program, args, isReady, tidy }: DaemonOptions): Promise<Daemon> {
  // Short: the path of a socket has at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'wb-'));
  const address = `unix://${join(folder, 's')}`;
  let output = '';
  const child = spawn(program, args(folder, address), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-100_000);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    await end(child, ended);
    await tidy?.(folder);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(name, address, isReady, ended, () => output);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, folder, output: () => output, stop };
}

async function ready(
  name: string,
  address: string,
  isReady: DaemonOptions['isReady'],
  ended: Promise<void>,
  output: () => string,
): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (let waited = 0; !(await isReady(address)); waited += LOOK_MS) {
    if (over) throw new Error(`${name} ended at once:\n${output()}`);
    if (waited >= START_LIMIT_MS) throw new Error(`${name} does not answer after a minute:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const last = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(last);
}
