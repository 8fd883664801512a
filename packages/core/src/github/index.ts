export { createGitHub } from './create-github.ts';
export type { Answer, Call, GitHub, GitHubOptions, Parameters, Upload } from './github.ts';
export { GitHubError } from './github-error.ts';
export { type GitHubUrls, gitHubUrls } from './github-urls.ts';
export { type CommitOrder, type CommittedFile, type GitHubHistory, openGitHubHistory } from './open-github-history.ts';
export { openGitHubRefStore } from './refs/open-github-ref-store.ts';
