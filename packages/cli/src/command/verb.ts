import type { ExitCode } from './exit-code.ts';
import type { Options, Positional, Values } from './option.ts';

/** A command line that does something, and what it does. */
export interface Example {
  readonly line: string;
  readonly what: string;
}

/** What a verb says of itself; its help is made of it. */
export interface VerbTable {
  /** As it is called, with its noun: `cache save`. */
  readonly name: string;
  /** One clause, lower case, without a full stop. */
  readonly summary: string;
  /** More about it, whole lines. */
  readonly about: readonly string[];
  readonly positionals: readonly Positional[];
  readonly options: Options;
  readonly examples: readonly Example[];
  /** The codes that it can end with besides 0, 2, 70 and 130, which all can; the text says what they mean here. */
  readonly exitCodes: Readonly<Partial<Record<ExitCode, string>>>;
}

/** What is read of a command line, by a verb's table. */
export interface Given<O extends Options> {
  readonly values: Values<O>;
  /** In order; as many as the table requires, or more. */
  readonly positionals: readonly string[];
}

/** A verb of a program whose verbs work with `Session`. */
export interface Verb<Session> extends VerbTable {
  /** @throws WaybillError for wrong words, before anything is done */
  prepare(args: readonly string[]): (session: Session) => Promise<ExitCode>;
}
