export { fromFsName, toFsArgument, toFsPath, utf8Of } from './byte-path.ts';
export { parsePaths } from './parse-paths.ts';
export type { BytePath, PathContext, PathSet, Root } from './path-set.ts';
export { resolveRootParent } from './real-root.ts';
export { floorUs, STAGING_PREFIX, type WalkEntry, type WalkOptions, walkTree } from './walk.ts';
