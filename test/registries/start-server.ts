import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

export interface Registry {
  /** `127.0.0.1:PORT`; plain http, as every client takes loopback to be. */
  readonly host: string;
  /** Ends it and removes what it stored. */
  stop(): Promise<void>;
}

/** One that runs as a process of its own. */
export interface ServedRegistry extends Registry {
  /** The process's own folder: what it stores and what it was told. */
  readonly folder: string;
}

export interface ServerOptions {
  /** An existing folder, below which its own is made; the system's folder for temporary files without it. */
  readonly parent?: string;
  /** For messages. */
  readonly name: string;
  readonly program: string;
  /** Given the server's own folder, which is its working directory and its home, and goes when it stops. */
  readonly prepare?: (folder: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What `/v2/` must be answered with. */
  readonly status: number;
}

/**
 * Starts a registry that listens on a free port of loopback and prints `listening on 127.0.0.1:PORT`.
 *
 * @throws Error with what it printed, if it does not come up within 20 s
 */
export async function startServer({
  parent = tmpdir(),
  name,
  program,
  prepare,
  env,
  status,
}: ServerOptions): Promise<ServedRegistry> {
  const base = mkdtempSync(join(parent, 'waybill-registry-'));
  const child = spawn(program, prepare?.(base) ?? [], {
    cwd: base,
    env: { PATH: process.env['PATH'], HOME: base, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    const last = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(last);
    rmSync(base, { recursive: true, force: true });
  };
  try {
    const host = await new Promise<string>((resolve, reject) => {
      let output = '';
      let found: string | undefined;
      const fail = (why: string) => reject(new Error(`${name} ${why}:\n${output}`));
      const limit = setTimeout(() => fail(`does not listen after ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          // Later it is only read, so that it can go on writing.
          if (found !== undefined) return;
          output += text;
          found = /listening on (127\.0\.0\.1:\d+)/.exec(output)?.[1];
          if (found === undefined) return;
          clearTimeout(limit);
          resolve(found);
        });
      }
      child.once('error', (error) => fail(error.message));
      void ended.then(() => fail('ended at once'));
    });
    const answer = await fetch(`http://${host}/v2/`);
    if (answer.status !== status) throw new Error(`${name} answers ${answer.status} to /v2/, expected ${status}.`);
    return { host, folder: base, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
