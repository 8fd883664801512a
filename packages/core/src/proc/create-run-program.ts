import { statSync } from 'node:fs';
import { withDeadline } from '../async/index.ts';
import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import type { ProgramEnd, RunProgram } from './run-program.ts';
import { type Ending, spawnTool } from './spawn-tool.ts';
import { toolEnvironment } from './tool-environment.ts';

export interface CreateRunProgramOptions {
  /** The job's environment. Programs see it without what belongs to this step alone (tokens, inputs, state). */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Of standard output and standard error each. Default 1 MiB. */
  readonly maxBytes?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

/** {@link RunProgram} over node:child_process. A program that runs out of time is ended with all that it started. */
export function createRunProgram(maker: CreateRunProgramOptions): RunProgram {
  const { platform } = maker;
  return async (command, args, options = {}) => {
    const { cwd, env = maker.env, input, timeoutMs = TIMEOUT_MS, graceMs = 0, signal } = options;
    const maxBytes = options.maxBytes ?? maker.maxBytes ?? MAX_BYTES;
    const line = commandLine(command, args, { platform, env, isFile });
    if (line === undefined) throw missing(command);
    const shown = [command, ...args].join(' ');
    const place = {
      ...(cwd === undefined ? {} : { cwd }),
      ...(input === undefined ? {} : { input }),
      ...(options.onStderr === undefined ? {} : { onStderr: options.onStderr }),
    };
    const kept = Object.fromEntries((options.keep ?? []).map((name) => [name, env[name]]));
    const ending = await end(line, shown, timeoutMs, graceMs, signal, (until) =>
      spawnTool(line, {
        ...place,
        env: { ...toolEnvironment(env), ...kept },
        platform,
        maxBytes,
        graceMs,
        signal: until,
      }),
    );
    return endOf(ending, command, shown, maxBytes, cwd);
  };
}

async function end(
  line: CommandLine,
  shown: string,
  timeoutMs: number,
  graceMs: number,
  signal: AbortSignal | undefined,
  operation: (signal: AbortSignal) => Promise<Ending>,
): Promise<Ending> {
  let running: Promise<unknown> = Promise.resolve();
  const watched = (until: AbortSignal): Promise<Ending> => {
    const started = operation(until);
    running = started.catch(() => undefined);
    return started;
  };
  try {
    return await withDeadline(timeoutMs, watched, { what: shown, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    // What it is given time for must be over before anybody goes on.
    if (graceMs > 0) await running;
    if (errorCode(error) !== 'DEADLINE_EXCEEDED' || signal?.aborted === true) throw error;
    throw new WaybillError('TOOL_TIMEOUT', `\`${shown}\` did not end within ${timeoutMs / 1000} s`, {
      kind: 'remote',
      hint: `Run it in a step before this one: tools such as corepack, rustup and go download themselves when first called${
        line.verbatim ? ', and a batch file may wait for a key' : ''
      }.`,
      cause: error,
    });
  }
}

function endOf(ending: Ending, command: string, shown: string, maxBytes: number, cwd: string | undefined): ProgramEnd {
  switch (ending.kind) {
    case 'not-started':
      // A working directory that does not exist is ENOENT as well.
      if (errorCode(ending.error) === 'ENOENT' && (cwd === undefined || isFolder(cwd))) throw missing(command);
      throw new WaybillError('TOOL_FAILED', `\`${shown}\` could not be started: ${errorMessage(ending.error)}`, {
        kind: 'user',
        hint: 'Run it in a step before this one and see what it says.',
        cause: ending.error,
      });
    case 'too-much':
      throw new WaybillError('TOOL_OUTPUT_TOO_LARGE', `\`${shown}\` wrote more than ${maxBytes} bytes`, {
        kind: 'user',
        hint: 'Run it by hand and see what it says.',
      });
    case 'ended':
      return { stdout: ending.stdout, stderr: ending.stderr, status: ending.status };
  }
}

function missing(command: string): WaybillError {
  return new WaybillError('TOOL_MISSING', `there is no \`${command}\` on PATH`, {
    kind: 'user',
    hint: 'Install it in a step before this one.',
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
