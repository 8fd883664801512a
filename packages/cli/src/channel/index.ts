export { log } from './log.ts';
export { repair } from './repair.ts';
export { findingLines } from './show-findings.ts';
export { status } from './status.ts';
