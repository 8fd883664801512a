import { spawn } from 'node:child_process';
import { chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRELOAD_SOURCE, REPORT_VARIABLE } from './preload.ts';
import type { StepUsage } from './types.ts';

/** GitHub's runner waits so long after each signal before it sends the next. */
const SIGINT_GRACE_MS = 7_500;
const SIGTERM_GRACE_MS = 2_500;

export interface StepProcessOptions {
  readonly launcher: readonly string[];
  readonly nodeOptions: readonly string[];
  readonly script: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** An existing folder of this step's own; preload and report lie there. */
  readonly folder: string;
}

export interface StepProcessResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
  readonly usage: StepUsage | undefined;
  readonly modules: readonly string[];
}

export interface StepProcess {
  readonly pid: number;
  readonly finished: Promise<StepProcessResult>;
  cancel(): void;
  kill(): void;
}

/** Starts a script with this Node as a step. Rejects where the process cannot be started at all. */
export async function startStepProcess(options: StepProcessOptions): Promise<StepProcess> {
  const preload = join(options.folder, 'preload.cjs');
  const report = join(options.folder, 'report.json');
  await writeFile(preload, PRELOAD_SOURCE);
  await writeFile(report, '');
  if (options.user !== undefined) await chown(report, options.user.uid, options.user.gid);

  const [command, ...args] = [
    ...options.launcher,
    process.execPath,
    '--require',
    preload,
    ...options.nodeOptions,
    options.script,
  ];
  const begin = performance.now();
  const child = spawn(command ?? process.execPath, args, {
    cwd: options.cwd,
    env: { ...options.env, [REPORT_VARIABLE]: report },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options.user,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });

  const timers: NodeJS.Timeout[] = [];
  const finished = new Promise<StepProcessResult>((resolve) => {
    let wallMs = 0;
    child.once('exit', () => {
      wallMs = performance.now() - begin;
      for (const timer of timers) clearTimeout(timer);
    });
    child.once('close', (exitCode, signal) => {
      const ended = {
        exitCode,
        signal,
        wallMs,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      };
      readReport(report).then(
        (told) => resolve({ ...ended, ...told }),
        () => resolve({ ...ended, usage: undefined, modules: [] }),
      );
    });
  });
  return {
    pid,
    finished,
    cancel: () => {
      child.kill('SIGINT');
      timers.push(setTimeout(() => child.kill('SIGTERM'), SIGINT_GRACE_MS));
      timers.push(setTimeout(() => child.kill('SIGKILL'), SIGINT_GRACE_MS + SIGTERM_GRACE_MS));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

async function readReport(
  file: string,
): Promise<{ readonly usage: StepUsage | undefined; readonly modules: readonly string[] }> {
  const report: unknown = JSON.parse(await readFile(file, 'utf8'));
  const number = (name: string) =>
    Number(typeof report === 'object' && report !== null ? Reflect.get(report, name) : Number.NaN);
  const modules: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, 'modules') : [];
  return {
    usage: {
      userMs: number('userCPUTime') / 1000,
      systemMs: number('systemCPUTime') / 1000,
      peakBytes: number('maxRSS') * 1024,
    },
    modules: Array.isArray(modules) ? modules.map(String) : [],
  };
}
