export { list } from './list.ts';
export { show } from './show.ts';
export { verify } from './verify.ts';
