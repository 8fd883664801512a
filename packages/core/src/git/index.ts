export type { Ancestry } from './ancestry.ts';
export { folderExists } from './bare-repository.ts';
export type { GitAccess } from './create-git.ts';
export type { BranchFile } from './default-branch.ts';
export { type GitRemote, type ParseRemoteOptions, parseGitRemote, showRemote } from './git-remote.ts';
export { type GitHistory, type GitHistoryOptions, openGitHistory } from './open-git-history.ts';
export { type GitRefStoreOptions, openGitRefStore } from './open-git-ref-store.ts';
