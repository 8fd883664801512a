export { remove } from './delete.ts';
export { explain } from './explain.ts';
export { key } from './key.ts';
export { list } from './list.ts';
export { countTags, MANY_NAMES, MANY_TAGS, tooManyNames, tooManyTags } from './many-names.ts';
export { restore } from './restore.ts';
export { save } from './save.ts';
export { show } from './show.ts';
export { verify } from './verify.ts';
