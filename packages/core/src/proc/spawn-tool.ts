import { type ChildProcess, spawn } from 'node:child_process';
import type { CommandLine } from './command-line.ts';

/** How it went. */
export type Ending =
  | { readonly kind: 'not-started'; readonly error: unknown }
  | { readonly kind: 'too-much' }
  | {
      readonly kind: 'ended';
      readonly stdout: Uint8Array;
      readonly stderr: string;
      /** The exit code, or the name of the signal that ended it. */
      readonly status: number | string;
    };

export interface SpawnToolOptions {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly maxBytes: number;
  /** Standard input. Default: empty. */
  readonly input?: Uint8Array;
  /** Takes standard error as it comes, instead of gathering it. */
  readonly onStderr?: (piece: Uint8Array) => void;
  /** How long it may tidy up when it must end, before it is killed. 0, and on Windows: not at all. */
  readonly graceMs: number;
  /** Ends the tool and all that it started. */
  readonly signal: AbortSignal;
}

/** How long output is waited for after the tool has ended: a daemon that it left behind may hold the pipes open for ever. */
const GRACE_MS = 500;

/**
 * Starts a program, gathers what it writes, and tells how it ended. Rejects with the signal's reason only: at once, or when
 * the program has tidied up or was killed where it was given time for that.
 */
export function spawnTool(line: CommandLine, options: SpawnToolOptions): Promise<Ending> {
  const { env, platform, maxBytes, input, graceMs, signal } = options;
  return new Promise((resolve, reject) => {
    let child: ChildProcess;
    try {
      child = spawn(line.file, [...line.args], {
        env: { ...env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        shell: false,
        windowsHide: true,
        windowsVerbatimArguments: line.verbatim,
        // A group of its own, so that what it starts can be ended with it. On Windows that would open a console.
        detached: platform !== 'win32',
      });
    } catch (error) {
      resolve({ kind: 'not-started', error });
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const settle = (ending: Ending | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      child.stdout?.destroy();
      child.stderr?.destroy();
      if (ending === undefined) reject(signal.reason);
      else resolve(ending);
    };
    const stop = (ending: Ending | undefined): void => {
      killTree(child, platform);
      settle(ending);
    };
    const onAbort = (): void => {
      if (graceMs === 0 || platform === 'win32') {
        stop(undefined);
        return;
      }
      ended = () => settle(undefined);
      signalTree(child, 'SIGTERM');
      timer = setTimeout(() => stop(undefined), graceMs);
    };
    const gather = (stream: NodeJS.ReadableStream | null, take?: (piece: Uint8Array) => void): (() => Uint8Array) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream?.on('data', (chunk: Buffer) => {
        if (take !== undefined) {
          take(chunk);
          return;
        }
        size += chunk.byteLength;
        if (size > maxBytes) stop({ kind: 'too-much' });
        else chunks.push(chunk);
      });
      return () => Buffer.concat(chunks);
    };
    const stdout = gather(child.stdout);
    const stderr = gather(child.stderr, options.onStderr);
    let ended = (code: number | null, name: string | null): void =>
      settle({
        kind: 'ended',
        stdout: stdout(),
        stderr: new TextDecoder().decode(stderr()),
        status: code ?? name ?? 'no exit code',
      });
    child.once('error', (error) => settle({ kind: 'not-started', error }));
    child.once('exit', (code, name) => {
      clearTimeout(timer);
      timer = setTimeout(() => ended(code, name), GRACE_MS);
    });
    child.once('close', (code, name) => ended(code, name));
    // A program that ends before it has read everything says why by itself.
    child.stdin?.once('error', () => undefined).end(input);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function killTree(child: ChildProcess, platform: NodeJS.Platform): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    if (platform === 'win32') {
      spawn('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore', windowsHide: true })
        .once('error', () => child.kill('SIGKILL'))
        .unref();
    } else {
      process.kill(-pid, 'SIGKILL');
    }
  } catch {
    child.kill('SIGKILL');
  }
  child.unref();
}

function signalTree(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch {
    child.kill(name);
  }
}
