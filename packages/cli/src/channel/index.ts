export { log } from './log.ts';
export { repair } from './repair.ts';
export { status } from './status.ts';
