import type { GitRemote } from '../git/index.ts';
import { type GitHubUrls, gitHubUrls, parseRepository } from '../github/index.ts';

/** The GitHub that a run belongs to; outside of a run github.com, unless the environment names another. */
export interface GitHubServer {
  /** `https://github.com`, without a slash at the end. */
  readonly url: string;
  /** Where a token of the run may be shown, besides its API; undefined where the environment names no URL. */
  readonly origin: string | undefined;
  /** Its API; undefined where nobody says where that is. @throws WaybillError `GITHUB_URL_INVALID` (user) */
  readonly urls: () => GitHubUrls | undefined;
}

const GITHUB_COM = 'https://github.com';

/** As `GITHUB_SERVER_URL` and `GITHUB_API_URL` have it, which the runner sets. Of github.com the API is known without a word. */
export function gitHubServer(env: Readonly<Record<string, string | undefined>>): GitHubServer {
  const url = (env['GITHUB_SERVER_URL'] || GITHUB_COM).replace(/\/+$/, '');
  const isKnown = (env['GITHUB_API_URL'] ?? '') !== '' || url === GITHUB_COM;
  return { url, origin: URL.parse(url)?.origin, urls: () => (isKnown ? gitHubUrls(env) : undefined) };
}

/** `OWNER/REPO` where the remote is the web address of a repository of this server, with or without `.git`. */
export function repositoryOf(remote: GitRemote, { origin }: GitHubServer): string | undefined {
  if (remote.kind !== 'url' || remote.origin === undefined || remote.origin !== origin) return undefined;
  const path = new URL(remote.url).pathname.slice(1).replace(/\.git$/, '');
  try {
    const { owner, repo } = parseRepository(path);
    return `${owner}/${repo}`;
  } catch {
    return undefined;
  }
}
