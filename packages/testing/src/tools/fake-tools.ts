import { WaybillError } from '@waybill/core/errors';
import type { RunTool, ToolOutput } from '@waybill/core/proc';

/** What a tool writes to standard output; both ways out; or how it fails. */
export type ToolAnswer = string | ToolOutput | Error;

export interface FakeTools {
  readonly runTool: RunTool;
  /** Each call, as `<command and arguments>`, sorted: tools are asked side by side. */
  readonly asked: () => readonly string[];
  /** The working directories of the calls, each once. */
  readonly folders: () => readonly (string | undefined)[];
}

/**
 * Tools that answer what a test says.
 * @param answers by command line, `node --version`; a command that is in none is missing, another call of one that is
 *   fails
 */
export function fakeTools(answers: Readonly<Record<string, ToolAnswer>>): FakeTools {
  const calls: { readonly line: string; readonly cwd: string | undefined }[] = [];
  const known = new Set(Object.keys(answers).map((line) => line.split(' ')[0]));
  return {
    asked: () => calls.map(({ line }) => line).sort(),
    folders: () => [...new Set(calls.map(({ cwd }) => cwd))],
    async runTool(command, args, options) {
      options?.signal?.throwIfAborted();
      const line = [command, ...args].join(' ');
      calls.push({ line, cwd: options?.cwd });
      const answer = answers[line];
      if (answer === undefined) throw known.has(command) ? failed(line) : missing(command);
      if (answer instanceof Error) throw answer;
      return typeof answer === 'string' ? { stdout: answer, stderr: '' } : answer;
    },
  };
}

function missing(command: string): WaybillError {
  return new WaybillError('TOOL_MISSING', `there is no \`${command}\` on PATH`, {
    kind: 'user',
    hint: 'Install it in a step before this one.',
  });
}

function failed(line: string): WaybillError {
  return new WaybillError('TOOL_FAILED', `\`${line}\` ended with 1`, { kind: 'user' });
}
