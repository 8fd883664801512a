import { statSync } from 'node:fs';
import { withDeadline } from '../async/index.ts';
import { errorCode, errorMessage, redact, WaybillError } from '../errors/index.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import type { RunTool, ToolOutput } from './run-tool.ts';
import { type Ending, spawnTool } from './spawn-tool.ts';
import { toolEnvironment } from './tool-environment.ts';

export interface CreateRunToolOptions {
  /** The job's environment. Tools see it without what belongs to this step alone (tokens, inputs, state). */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Of standard output and standard error each. Default 1 MiB. */
  readonly maxBytes?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;
const SHOWN = 200;

/** {@link RunTool} over node:child_process. A tool that runs out of time is ended with all that it started. */
export function createRunTool({ env, platform, maxBytes = MAX_BYTES }: CreateRunToolOptions): RunTool {
  return async (command, args, { cwd, timeoutMs = TIMEOUT_MS, signal } = {}) => {
    const line = commandLine(command, args, { platform, env, isFile });
    if (line === undefined) throw missing(command);
    const shown = [command, ...args].join(' ');
    const place = cwd === undefined ? {} : { cwd };
    const ending = await end(line, shown, timeoutMs, signal, (until) =>
      spawnTool(line, { ...place, env: toolEnvironment(env), platform, maxBytes, signal: until }),
    );
    return outputOf(ending, command, shown, maxBytes, cwd);
  };
}

async function end(
  line: CommandLine,
  shown: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  operation: (signal: AbortSignal) => Promise<Ending>,
): Promise<Ending> {
  try {
    return await withDeadline(timeoutMs, operation, { what: shown, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
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

function outputOf(
  ending: Ending,
  command: string,
  shown: string,
  maxBytes: number,
  cwd: string | undefined,
): ToolOutput {
  switch (ending.kind) {
    case 'not-started':
      // A working directory that does not exist is ENOENT as well.
      if (errorCode(ending.error) === 'ENOENT' && (cwd === undefined || isFolder(cwd))) throw missing(command);
      throw failed(`could not be started: ${errorMessage(ending.error)}`, shown, ending.error);
    case 'too-much':
      throw new WaybillError('TOOL_OUTPUT_TOO_LARGE', `\`${shown}\` wrote more than ${maxBytes} bytes`, {
        kind: 'user',
        hint: 'Run it by hand and see what it says.',
      });
    case 'ended': {
      const { stdout, stderr, status } = ending;
      if (status === 0) return { stdout, stderr };
      const last = lastLine(stderr) ?? lastLine(stdout);
      throw failed(`ended with ${status}${last === undefined ? '' : `: ${last}`}`, shown);
    }
  }
}

function missing(command: string): WaybillError {
  return new WaybillError('TOOL_MISSING', `there is no \`${command}\` on PATH`, {
    kind: 'user',
    hint: 'Install it in a step before this one.',
  });
}

function failed(how: string, shown: string, cause?: unknown): WaybillError {
  return new WaybillError('TOOL_FAILED', `\`${shown}\` ${how}`, {
    kind: 'user',
    hint: 'Run it in a step before this one and see what it says.',
    cause,
  });
}

function lastLine(text: string): string | undefined {
  const line = text.trim().split('\n').at(-1)?.trim();
  return line === undefined || line === '' ? undefined : redact(line).slice(0, SHOWN);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
