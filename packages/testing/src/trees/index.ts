/**
 * Trees to save and restore, made from a seed: the same seed gives the same bytes, names, modes and times on any machine.
 * And an independent eye for comparing them: `treeFingerprint` shares no code with what it judges.
 */
export { type ChangedPackage, type ChangeOptions, changeOnePackage, reinstallTree } from './change.ts';
export { diffTrees } from './diff.ts';
export { type FingerprintEntry, type TreeFingerprint, treeFingerprint } from './fingerprint.ts';
export { type LargeFilesOptions, makeLargeFiles } from './large-files.ts';
export { type GeneratedTree, type ManyFilesOptions, makeManyFiles } from './many-files.ts';
export { createRandom, type Random } from './random.ts';
