export { gitEnv, runGit } from './run-git.ts';
export { type GitServer, type GitServerOptions, startGitServer } from './start-git-server.ts';
