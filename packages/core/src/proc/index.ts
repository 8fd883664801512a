export { type CreateRunToolOptions, createRunTool } from './create-run-tool.ts';
export type { RunTool, RunToolOptions, ToolOutput } from './run-tool.ts';
