export {
  type GitHubSite,
  OUTSIDER,
  READER,
  startGitHubSite,
  type VirtualClock,
  virtualClock,
  WRITER,
} from './open-client.ts';
