export { readVersion } from './read-version.ts';
export { type ProgramDeps, runProgram } from './run-program.ts';
export { start } from './start.ts';
