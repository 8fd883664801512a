export { defineVerb } from './define-verb.ts';
export { errorExitCode } from './error-exit-code.ts';
export { EXIT_CODES, ExitCode } from './exit-code.ts';
export { exitCodesOf, helpText } from './help-text.ts';
export type { Option, Options, Positional, Values } from './option.ts';
export { parseGiven } from './parse-given.ts';
export { seeHelp, usageError } from './usage-error.ts';
export type { Example, Given, Verb, VerbTable } from './verb.ts';
