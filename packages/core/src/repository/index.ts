export { type GitHubServer, gitHubServer } from './github-server.ts';
export {
  type OpenRepositoriesOptions,
  type OpenRepositoryOptions,
  openRepositories,
  type Repositories,
} from './open-repositories.ts';
export type { History, Repository } from './repository.ts';
