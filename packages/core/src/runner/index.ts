export { createActionsRunner } from './actions-runner.ts';
export { describeError } from './describe-error.ts';
export { entry, type Phase, type Step } from './entry.ts';
export type { Host } from './host.ts';
export { type InputProblem, InputReader } from './input-reader.ts';
export { codeSpan } from './markdown.ts';
export { type CacheMode, type RunContext, readRunContext } from './run-context.ts';
export type { AnnotationOptions, Runner } from './runner.ts';
