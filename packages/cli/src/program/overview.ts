import { EXIT_CODES } from '../command/index.ts';
import { NOUNS, type Noun, VERBS } from './nouns.ts';

/** The help of the program, or of one noun; no line break at the end. */
export function overview(noun?: Noun): string {
  const verbs = (noun === undefined ? NOUNS : [noun]).flatMap((each) =>
    Object.values(each.verbs).map(({ name, summary }) => [name, summary] as const),
  );
  const alone = Object.values(VERBS).map(({ name, summary }) => [name, summary] as const);
  const others = [...alone, ['help [COMMAND]', 'show how a command is used'] as const];
  const rows = noun === undefined ? [...verbs, ...others] : verbs;
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    noun === undefined
      ? 'Caches by content, builds once, promotes by digest: what the actions do, from a command line.'
      : `${noun.name}: ${noun.summary}.`,
    '',
    `Usage: waybill ${noun === undefined ? '' : `${noun.name} `}COMMAND [options]`,
    '',
    'Commands:',
    ...rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Each command has --help with its options, examples and exit codes, and --json.',
    'Environment: WAYBILL_STORE names the store, NO_COLOR switches colours off.',
    '',
    'Exit codes:',
    ...Object.entries(EXIT_CODES).map(([code, text]) => `  ${code.padStart(3)}  ${text}`),
    '',
    'Version: waybill --version',
  ].join('\n');
}
