import { EXIT_CODES, type ExitCode } from './exit-code.ts';
import type { Option, Options } from './option.ts';
import { placeholder, usageLine } from './usage-line.ts';
import type { VerbTable } from './verb.ts';

/** All verbs can end so. */
const EVERYWHERE: readonly ExitCode[] = [0, 2, 70, 130];

/** The help of a verb: usage, arguments, options, examples, exit codes; plain text without a line break at the end. */
export function helpText(verb: VerbTable): string {
  const { positionals, options, examples } = verb;
  const codes = exitCodesOf(verb);
  return [
    `${capital(verb.summary)}.`,
    '',
    `Usage: ${usageLine(verb)}`,
    ...(verb.about.length === 0 ? [] : ['', ...verb.about]),
    ...(positionals.length === 0
      ? []
      : ['', 'Arguments:', ...columns(positionals.map(({ name, help }) => [name, help]))]),
    '',
    'Options:',
    ...columns([...Object.entries(options).map(optionRow), ['-h, --help', 'show this text']]),
    '',
    'Examples:',
    ...examples.flatMap(({ line, what }) => [`  # ${what}`, `  ${line}`]),
    '',
    'Exit codes:',
    ...columns(codes.map(([code, text]) => [String(code), text])),
  ].join('\n');
}

/** The codes that a verb can end with, and what they mean there, ascending. */
export function exitCodesOf({ exitCodes }: VerbTable): readonly (readonly [ExitCode, string])[] {
  const all: readonly ExitCode[] = [0, 1, 2, 3, 4, 5, 70, 130];
  return all
    .filter((code) => EVERYWHERE.includes(code) || exitCodes[code] !== undefined)
    .map((code) => [code, exitCodes[code] ?? EXIT_CODES[code]]);
}

function optionRow([name, option]: [string, Option]): readonly [string, string] {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  const value = option.type === 'flag' ? '' : ` ${placeholder(option)}`;
  return [`${short}--${name}${value}`, `${option.help}${remark(option)}`];
}

function remark(option: Options[string]): string {
  if (option.type === 'list') return ' (may be repeated)';
  return option.type === 'flag' || option.default === undefined || option.default === ''
    ? ''
    : ` (default: ${option.default})`;
}

/** Two columns; a left one that is too wide gets a line of its own. */
function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.min(Math.max(...rows.map(([left]) => left.length)), 30);
  return rows.flatMap(([left, right]) =>
    left.length > width ? [`  ${left}`, `  ${' '.repeat(width)}  ${right}`] : [`  ${left.padEnd(width)}  ${right}`],
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
