import { redact, WaybillError } from '../errors/index.ts';
import { type CreateRunProgramOptions, createRunProgram } from './create-run-program.ts';
import type { RunTool } from './run-tool.ts';

export type CreateRunToolOptions = CreateRunProgramOptions;

const SHOWN = 200;

/** {@link RunTool} over {@link createRunProgram}. */
export function createRunTool(options: CreateRunToolOptions): RunTool {
  const run = createRunProgram(options);
  return async (command, args, runOptions) => {
    const { stdout, stderr, status } = await run(command, args, runOptions);
    const text = new TextDecoder().decode(stdout);
    if (status === 0) return { stdout: text, stderr };
    const last = lastLine(stderr) ?? lastLine(text);
    const how = `ended with ${status}${last === undefined ? '' : `: ${last}`}`;
    throw new WaybillError('TOOL_FAILED', `\`${[command, ...args].join(' ')}\` ${how}`, {
      kind: 'user',
      hint: 'Run it in a step before this one and see what it says.',
    });
  };
}

function lastLine(text: string): string | undefined {
  const line = text.trim().split('\n').at(-1)?.trim();
  return line === undefined || line === '' ? undefined : redact(line).slice(0, SHOWN);
}
