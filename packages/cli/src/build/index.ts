export { build } from './build.ts';
export { checkExisting } from './check-existing.ts';
