import { errorMessage, redact, WaybillError } from '@waybill/core/errors';
import { createProgressBar, type ProgressBar } from './progress-bar.ts';
import { createStyle, type Style, wantsColour } from './style.ts';

/** What a verb says. Results go to standard output, all else to standard error; credentials are masked in both. */
export interface Printer {
  /** Whether standard output is for a program: one JSON document, and nothing else. */
  readonly json: boolean;
  /** Of standard output. */
  readonly style: Style;
  /** The result: with `--json` the document, else the lines. Called once. */
  result(document: unknown, lines: readonly string[]): void;
  /** What happens meanwhile; silent with `--quiet`. */
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
  error(error: unknown): void;
  /** Undefined where nobody looks at a terminal. */
  readonly bar: ProgressBar | undefined;
}

/** A stream as node:process has it. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface PrinterOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly now: () => number;
}

export function createPrinter({ stdout, stderr, env, json, quiet, now }: PrinterOptions): Printer {
  const err = createStyle(wantsColour(stderr, env));
  const drawable = stderr.isTTY === true && env['TERM'] !== 'dumb' && !env['CI'] && !quiet;
  const bar = drawable ? createProgressBar(stderr, now) : undefined;
  const tell = (text: string) => {
    bar?.clear();
    stderr.write(`${redact(text)}\n`);
  };
  return {
    json,
    style: createStyle(!json && wantsColour(stdout, env)),
    bar,
    result(document, lines) {
      bar?.clear();
      const text = json ? JSON.stringify(document, null, 2) : lines.join('\n');
      if (text !== '') stdout.write(`${redact(text)}\n`);
    },
    info: (message) => {
      if (!quiet) tell(message);
    },
    notice: (message) => tell(`${err.bold('note:')} ${message}`),
    warning: (message) => tell(`${err.yellow('warning:')} ${message}`),
    error(error) {
      const ours = error instanceof WaybillError;
      // A bug shows where it is.
      const text = ours || !(error instanceof Error) ? errorMessage(error) : (error.stack ?? error.message);
      tell(`${err.red('error:')} ${text}${ours ? ` (${error.code})` : ''}`);
      if (ours && error.hint !== undefined) tell(`  ${error.hint}`);
    },
  };
}
