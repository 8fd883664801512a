export {
  CONFIG_DEFAULT,
  type ConfigPlace,
  namesCommit,
  parseConfigPlace,
  showConfigPlace,
} from './config-place.ts';
export { type GitHubServer, gitHubServer } from './github-server.ts';
export {
  type OpenRepositoriesOptions,
  type OpenRepositoryOptions,
  openRepositories,
  type Repositories,
} from './open-repositories.ts';
export {
  openStatementRecords,
  RECORDS_CHOICES,
  type RecordsChoice,
  type StatementRecordsOptions,
} from './open-statement-records.ts';
export { type ReadConfig, type ReadConfigDeps, readConfig } from './read-config.ts';
export { readConfigInput } from './read-config-input.ts';
export type { History, Repository } from './repository.ts';
