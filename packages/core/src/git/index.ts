export type { GitAccess } from './create-git.ts';
export { type GitRemote, type ParseRemoteOptions, parseGitRemote, showRemote } from './git-remote.ts';
export { type GitRefStoreOptions, openGitRefStore } from './open-git-ref-store.ts';
