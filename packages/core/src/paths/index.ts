export { fromFsName, toFsArgument, toFsPath, utf8Of } from './byte-path.ts';
export { parsePaths } from './parse-paths.ts';
export type { BytePath, PathContext, PathSet, Root } from './path-set.ts';
export { resolveRootParent } from './real-root.ts';
export { floorUs, SeenEntry, type WalkEntry } from './seen-entry.ts';
export { STAGING_PREFIX, type WalkOptions, walkTree } from './walk.ts';
