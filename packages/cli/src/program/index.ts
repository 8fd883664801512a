export { type ProgramDeps, runProgram } from './run-program.ts';
export { start } from './start.ts';
