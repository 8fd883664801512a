export { list } from './list.ts';
export { seal } from './seal.ts';
export { show } from './show.ts';
export { verify } from './verify.ts';
