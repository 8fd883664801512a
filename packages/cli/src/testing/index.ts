export { type Trial, type TrialMachine, tryProgram } from './try-program.ts';
