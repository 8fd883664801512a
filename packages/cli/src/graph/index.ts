export { attach } from './attach.ts';
export { copy } from './copy.ts';
export { hash } from './hash.ts';
export { tree } from './tree.ts';
