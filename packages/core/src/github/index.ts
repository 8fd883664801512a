export {
  type BestEffort,
  type BestEffortOptions,
  bestEffortDeployments,
  bestEffortLog,
  createBestEffort,
} from './best-effort.ts';
export { createGitHub } from './create-github.ts';
export type { Answer, Call, GitHub, GitHubOptions, Parameters, Upload } from './github.ts';
export { GitHubError } from './github-error.ts';
export { type GitHubUrls, gitHubUrls } from './github-urls.ts';
export { type DeploymentFacts, type DeploymentRecords, openDeploymentRecords } from './open-deployment-records.ts';
export { type Ancestry, type BranchFile, type GitHubHistory, openGitHubHistory } from './open-github-history.ts';
export { parseReleaseUri, parseRepository } from './parse-repository.ts';
export { openReleaseLog, type ReleaseLogOptions } from './records/open-release-log.ts';
export { sealDrafts } from './records/seal-drafts.ts';
export { openGitHubRefStore } from './refs/open-github-ref-store.ts';
