import type { ExitCode } from './exit-code.ts';
import type { Options } from './option.ts';
import { parseGiven } from './parse-given.ts';
import type { Given, Verb, VerbTable } from './verb.ts';

/** The verb of this table; `run` gets what was read by it, typed by its options. */
export function defineVerb<Session, const O extends Options>(
  table: VerbTable & { readonly options: O },
  run: (given: Given<O>, session: Session) => Promise<ExitCode>,
): Verb<Session> {
  return {
    ...table,
    prepare: (args) => {
      const given = parseGiven(table, args);
      return (session) => run(given, session);
    },
  };
}
