import { WaybillError } from '@waybill/core/errors';
import { ExitCode, errorExitCode, helpText } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import type { Printer } from '../terminal/index.ts';
import { type Command, findCommand } from './find-command.ts';
import { overview } from './overview.ts';

export interface ProgramDeps {
  readonly version: string;
  /** @param quiet `--quiet` was given */
  readonly printer: (options: { readonly json: boolean; readonly quiet: boolean }) => Printer;
  /** Called once there is something to do: what it loads is not needed for help. */
  readonly session: (print: Printer) => Promise<Session>;
  readonly signal: AbortSignal;
}

/**
 * Runs one command line, the words after the program's name, and gives the exit code. Never throws. With `--json` an
 * error is a document on standard output as well: `{ error: { code, message, hint } }`.
 */
export async function runProgram(args: readonly string[], deps: ProgramDeps): Promise<ExitCode> {
  const words = beforeDashes(args);
  const print = deps.printer({
    json: words.includes('--json'),
    quiet: words.includes('--quiet') || words.includes('-q'),
  });
  try {
    return await runCommand(findCommand(args), print, deps);
  } catch (error) {
    if (deps.signal.aborted) return interrupted(print);
    if (print.json) print.result({ error: errorDocument(error) }, []);
    print.error(error);
    return errorExitCode(error);
  }
}

async function runCommand(command: Command, print: Printer, deps: ProgramDeps): Promise<ExitCode> {
  switch (command.kind) {
    case 'version':
      print.result({ version: deps.version }, [deps.version]);
      return ExitCode.done;
    case 'help': {
      const { of } = command;
      const text = of !== undefined && 'prepare' in of ? helpText(of) : overview(of);
      print.result({ help: text }, [text]);
      return ExitCode.done;
    }
    case 'verb': {
      const run = command.verb.prepare(command.args);
      return run(await deps.session(print));
    }
  }
}

function interrupted(print: Printer): ExitCode {
  if (print.json) print.result({ error: { code: 'INTERRUPTED', message: 'interrupted' } }, []);
  print.warning('interrupted; nothing half-written is left');
  return ExitCode.interrupted;
}

function errorDocument(error: unknown) {
  if (!(error instanceof WaybillError)) return { code: 'INTERNAL', message: String(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

function beforeDashes(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
}
