export { type CreateRunProgramOptions, createRunProgram } from './create-run-program.ts';
export { type CreateRunToolOptions, createRunTool } from './create-run-tool.ts';
export type { ProgramEnd, RunProgram, RunProgramOptions } from './run-program.ts';
export type { RunTool, RunToolOptions, ToolOutput } from './run-tool.ts';
