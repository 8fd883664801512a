import type { RetryClock } from '../async/index.ts';
import {
  folderExists,
  type GitRemote,
  openGitHistory,
  openGitRefStore,
  parseGitRemote,
  showRemote,
} from '../git/index.ts';
import { createGitHub, type GitHub, openGitHubHistory, openGitHubRefStore, parseRepository } from '../github/index.ts';
import { createHttp, type Env, type Http } from '../http/index.ts';
import { createRunProgram } from '../proc/index.ts';
import { gitHubServer, repositoryOf } from './github-server.ts';
import type { Repository } from './repository.ts';

export interface OpenRepositoriesOptions {
  /** The job's environment: which GitHub it belongs to (`GITHUB_SERVER_URL`, `GITHUB_API_URL`), proxies, what git needs. */
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
  /** What a relative path starts from. Absolute. */
  readonly cwd: string;
  /** Shown to the run's GitHub alone: its API, and its host where git asks that. Empty is none. */
  readonly token: string;
  /** Absolute, and for this run alone. Clones are made in it; the caller removes it. */
  readonly workFolder: string;
  readonly clock: RetryClock;
  /** Told before each wait for GitHub, in one line. */
  readonly log?: { info(line: string): void };
}

export interface OpenRepositoryOptions {
  /** A path where nothing stands becomes a bare repository with the first record. Default: it is missing. */
  readonly create?: boolean;
}

/** The repositories of one run; the same object for the same place. */
export interface Repositories {
  /**
   * The repository that a path or an address names. One of the run's GitHub is reached by its API where there is a token and
   * the API is known, any other by git. Nothing is asked.
   * @throws WaybillError `GIT_REMOTE_INVALID`, `GITHUB_URL_INVALID` (user)
   */
  open(place: string | GitRemote, options?: OpenRepositoryOptions): Repository;
  /**
   * The client for a repository of the run's GitHub, the same that {@link open} uses; undefined where its API is not known.
   * Without a token it reads what is public.
   * @param repository `OWNER/REPO`
   * @param budgetMs a client of its own, for looks alone, each of which takes no longer
   * @throws WaybillError `GITHUB_REPOSITORY_INVALID`, `GITHUB_URL_INVALID` (user)
   */
  github(repository: string, budgetMs?: number): GitHub | undefined;
  /** The web address of a repository of the run's GitHub. @param repository `OWNER/REPO` */
  addressOf(repository: string): string;
  /** Ends the connections that are kept alive, so that the process can end. */
  close(): void;
}

export function openRepositories(options: OpenRepositoriesOptions): Repositories {
  const { env, home, cwd, token, clock, log } = options;
  const server = gitHubServer(env);
  const opened = new Map<string, Repository>();
  const clients = new Map<string, GitHub>();
  let http: Http | undefined;

  const github = (repository: string, budgetMs?: number): GitHub | undefined => {
    const { owner, repo } = parseRepository(repository);
    const name = `${owner}/${repo}`;
    // GitHub does not tell names apart by case.
    const key = `${name.toLowerCase()} ${budgetMs ?? ''}`;
    const urls = server.urls();
    if (urls === undefined) return undefined;
    const known = clients.get(key);
    if (known !== undefined) return known;
    http ??= createHttp({ env });
    const onWait = (line: string) => log?.info(line);
    const limits = budgetMs === undefined ? { http } : { budgetMs, http: impatient(http, budgetMs) };
    const client = createGitHub({ repository: name, urls, token, clock, onWait, ...limits });
    clients.set(key, client);
    return client;
  };

  const openAt = (remote: GitRemote, create: boolean): Repository => {
    const name = token === '' ? undefined : repositoryOf(remote, server);
    const client = name === undefined ? undefined : github(name);
    return client === undefined
      ? openByGit(remote, create, { ...options, tokenOrigin: server.origin })
      : openByApi(client, showRemote(remote));
  };

  return {
    open(place, { create = false } = {}) {
      const remote = typeof place === 'string' ? parseGitRemote(place, { home, cwd }) : place;
      const key = `${create} ${remote.kind === 'path' ? remote.path : remote.url}`;
      const known = opened.get(key) ?? openAt(remote, create);
      opened.set(key, known);
      return known;
    },
    github,
    addressOf: (repository) => `${server.url}/${repository}`,
    close: () => http?.close(),
  };
}

/** Waits for no answer longer than a whole look may take. */
function impatient(http: Http, ms: number): Http {
  return { ...http, request: (asked) => http.request({ ...asked, answerTimeoutMs: ms, idleTimeoutMs: ms }) };
}

function openByApi(github: GitHub, shown: string): Repository {
  const refs = openGitHubRefStore(github);
  return { ...openGitHubHistory(github), by: 'api', shown, refs, github, isMissing: async () => false };
}

function openByGit(
  remote: GitRemote,
  create: boolean,
  options: OpenRepositoriesOptions & { readonly tokenOrigin: string | undefined },
): Repository {
  const { env, platform, token, tokenOrigin, workFolder, clock } = options;
  const isOurs = remote.kind === 'url' && remote.origin !== undefined && remote.origin === tokenOrigin;
  const access = {
    remote,
    ...(isOurs && token !== '' ? { token } : {}),
    workFolder,
    env,
    run: createRunProgram({ env, platform }),
    clock,
    create,
  };
  return {
    ...openGitHistory(access),
    by: 'git',
    shown: showRemote(remote),
    refs: openGitRefStore(access),
    github: undefined,
    isMissing: async () => !create && remote.kind === 'path' && !(await folderExists(remote.path)),
  };
}
