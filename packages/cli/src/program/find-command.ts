import { nearest } from '@waybill/core/errors';
import { seeHelp, usageError, type Verb } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import { NOUNS, type Noun, VERBS } from './nouns.ts';

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'verb'; readonly verb: Verb<Session>; readonly args: readonly string[] }
  | { readonly kind: 'help'; readonly of: Verb<Session> | Noun | undefined }
  | { readonly kind: 'version' };

/**
 * The command in these words. Help is asked for by `help …`, by `--help` or `-h` anywhere before `--`.
 * @throws WaybillError `USAGE` with the nearest known word
 */
export function findCommand(args: readonly string[]): Command {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help', of: undefined };
  if (first === '--version' || first === '-V') return { kind: 'version' };
  if (first === 'help') return helpOf(rest);
  const { verb, noun, args: left } = resolve(args);
  if (wantsHelp(left)) return { kind: 'help', of: verb ?? noun };
  if (verb === undefined) {
    if (noun !== undefined && left.length === 0) return { kind: 'help', of: noun };
    throw unknownWord(noun, left[0] ?? first);
  }
  return { kind: 'verb', verb, args: left };
}

function helpOf(words: readonly string[]): Command {
  if (words.length === 0 || wantsHelp(words)) return { kind: 'help', of: undefined };
  const { verb, noun, args } = resolve(words);
  if (verb === undefined && (noun === undefined || args.length > 0)) throw unknownWord(noun, args[0] ?? '');
  return { kind: 'help', of: verb ?? noun };
}

/** What the first words name, and the words after them. */
function resolve(words: readonly string[]): {
  readonly noun?: Noun;
  readonly verb?: Verb<Session>;
  readonly args: readonly string[];
} {
  const [first = '', second = ''] = words;
  const alone = own(VERBS, first);
  if (alone !== undefined) return { verb: alone, args: words.slice(1) };
  const noun = NOUNS.find(({ name }) => name === first);
  if (noun === undefined) return { args: words };
  const verb = own(noun.verbs, second);
  return verb === undefined ? { noun, args: words.slice(1) } : { noun, verb, args: words.slice(2) };
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
}

function unknownWord(noun: Noun | undefined, word: string) {
  const known =
    noun === undefined ? [...NOUNS.map(({ name }) => name), ...Object.keys(VERBS), 'help'] : Object.keys(noun.verbs);
  const what = word.startsWith('-') ? 'option' : 'command';
  const near = borrowed(noun, word) ?? nearest(word, known);
  const meant = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
  const place = noun === undefined ? 'waybill' : `waybill ${noun.name}`;
  return usageError(`${place}: there is no ${what} ${JSON.stringify(word)}, ${meant}`, seeHelp(noun?.name ?? ''));
}

/** `waybill restore`: the verb without its noun. */
function borrowed(noun: Noun | undefined, word: string): string | undefined {
  if (noun !== undefined) return undefined;
  const owner = NOUNS.find(({ verbs }) => Object.hasOwn(verbs, word));
  return owner === undefined ? undefined : `${owner.name} ${word}`;
}
