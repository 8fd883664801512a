import { parseArgs } from 'node:util';
import { nearest } from '@waybill/core/errors';
import type { IntegerOption, Option, Options, Values } from './option.ts';
import { seeHelp, usageError } from './usage-error.ts';
import { placeholder, usageLine } from './usage-line.ts';
import type { Given, VerbTable } from './verb.ts';

type Raw = string | boolean | readonly (string | boolean)[] | undefined;

/**
 * Reads a command line by a verb's table: the words after the verb. All that is wrong is told at once.
 * @throws WaybillError `USAGE`
 */
export function parseGiven<O extends Options>(
  table: VerbTable & { readonly options: O },
  args: readonly string[],
): Given<O> {
  const problems: string[] = [];
  const {
    values: raw,
    positionals,
    tokens,
  } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(table.options).map(([name, option]) => [name, config(option)])),
    // Not strict: what is wrong is told in our words, all of it.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(table.options, token.name) ? table.options[token.name] : undefined;
    if (option === undefined) problems.push(unknownOption(token.rawName, table.options));
    else if (option.type === 'flag' && token.value !== undefined) problems.push(`${token.rawName} takes no value`);
    else if (option.type !== 'flag' && (token.value === undefined || looksLikeOption(token)))
      problems.push(`${token.rawName} needs a value: ${token.rawName} ${placeholder(option)}`);
  }
  const values = problems.length > 0 ? {} : readValues(table.options, raw, problems);
  // Whether what follows an unknown option is its value, nobody knows.
  problems.push(
    ...positionalProblems(table, problems.length > 0 ? positionals.slice(0, table.positionals.length) : positionals),
  );
  if (problems.length > 0)
    throw usageError(
      `waybill ${table.name}: ${problems.join('; ')}`,
      `Usage: ${usageLine(table)}. ${seeHelp(table.name)}`,
    );
  // Each value was read by the type that its option names.
  return { values: values as Values<O>, positionals };
}

/** `--key --json` is a forgotten value; `--key=--json` is meant. */
function looksLikeOption(token: {
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}): boolean {
  return token.inlineValue !== true && token.value?.startsWith('-') === true && token.value !== '-';
}

function config(option: Option) {
  return {
    type: option.type === 'flag' ? ('boolean' as const) : ('string' as const),
    multiple: option.type === 'list',
    ...(option.short === undefined ? {} : { short: option.short }),
  };
}

function readValues(options: Options, raw: Readonly<Record<string, Raw>>, problems: string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    const value = raw[name];
    if (option.type === 'flag') values[name] = value === true;
    else if (option.type === 'list') values[name] = Array.isArray(value) ? value : [];
    else if (typeof value !== 'string') values[name] = option.default;
    else if (option.type === 'integer') values[name] = readInteger(name, value, option, problems);
    else if (option.type === 'choice' && !option.choices.includes(value))
      problems.push(wrongChoice(name, value, option.choices));
    else values[name] = value;
  }
  return values;
}

function readInteger(name: string, value: string, { min, max }: IntegerOption, problems: string[]): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max))
    problems.push(`--${name} is ${JSON.stringify(value)}, expected a whole number from ${min} to ${max}`);
  return number;
}

function wrongChoice(name: string, value: string, choices: readonly string[]): string {
  const near = nearest(value, choices);
  const expected = near === undefined ? `expected one of ${choices.join(', ')}` : `did you mean ${near}?`;
  return `--${name} is ${JSON.stringify(value)}, ${expected}`;
}

function unknownOption(rawName: string, options: Options): string {
  const near = nearest(rawName.replace(/^--?/, ''), Object.keys(options));
  return near === undefined
    ? `there is no option ${rawName}`
    : `there is no option ${rawName}, did you mean --${near}?`;
}

function positionalProblems({ positionals: wanted }: VerbTable, found: readonly string[]): string[] {
  const problems = wanted
    .filter((each, at) => each.required && (found[at] ?? '') === '')
    .map(({ name, help }) => `${name} is missing (${help})`);
  const surplus = wanted.at(-1)?.rest === true ? undefined : found[wanted.length];
  if (surplus !== undefined) problems.push(`${JSON.stringify(surplus)} is one word too many`);
  return problems;
}
