import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, WaybillError } from '../../errors/index.ts';
import type { Env } from '../../http/index.ts';
import type { CredentialOrigin, CredentialSource, Credentials } from '../types.ts';
import { configHost, type DockerConfig, parseDockerConfig, parseHelperOutput } from './docker-config.ts';
import type { HelperResult, RunHelper } from './docker-credential.ts';

export interface FindCredentialsOptions {
  /** `DOCKER_CONFIG` names the folder of `config.json`, without it `.docker` in the home folder; `GITHUB_SERVER_URL` whose token it is. */
  readonly env: Env;
  readonly home: string;
  readonly runHelper: RunHelper;
  /** For ghcr.io alone, where docker has nothing for that and the token is one of github.com. */
  readonly githubToken?: string;
}

const GITHUB_COM = 'https://github.com';

/** Credentials, and where they were found. */
export interface FoundCredentials {
  readonly credentials: Credentials;
  readonly origin: CredentialOrigin;
}

/**
 * Credentials as docker finds them, each for its own host: the helper for the host, the helper for all, what stands in the
 * file; then the GitHub token for ghcr.io. A helper that has none is none.
 *
 * The source throws WaybillError `DOCKER_CONFIG_INVALID`, `CREDENTIAL_HELPER_FAILED` (kind `user`).
 */
export function findCredentials(options: FindCredentialsOptions): CredentialSource {
  return async (host) => (await locateCredentials(options, host))?.credentials;
}

/** The same with where they were found; undefined where there are none. @throws as {@link findCredentials} */
export async function locateCredentials(
  { env, home, runHelper, githubToken }: FindCredentialsOptions,
  host: string,
): Promise<FoundCredentials | undefined> {
  const path = join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json');
  const config = await readConfig(path);
  const found = config === undefined ? undefined : await fromDocker(config, path, host, runHelper);
  if (found !== undefined) return found;
  if (host !== 'ghcr.io' || githubToken === undefined || githubToken === '' || !isOfGitHubCom(env)) return undefined;
  return {
    credentials: { kind: 'basic', username: 'x-access-token', password: githubToken },
    origin: { kind: 'github-token' },
  };
}

/** A token of another GitHub means nothing to ghcr.io, which is then a stranger. */
function isOfGitHubCom(env: Env): boolean {
  return (env['GITHUB_SERVER_URL'] || GITHUB_COM).replace(/\/+$/, '') === GITHUB_COM;
}

async function readConfig(path: string): Promise<DockerConfig | undefined> {
  try {
    return parseDockerConfig(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

async function fromDocker(
  config: DockerConfig,
  path: string,
  host: string,
  runHelper: RunHelper,
): Promise<FoundCredentials | undefined> {
  const key = configHost(host);
  const helper = config.helpers.get(key) ?? config.store;
  if (helper !== undefined) {
    // docker keeps Docker Hub under this whole URL.
    const asked = key === 'index.docker.io' ? 'https://index.docker.io/v1/' : host;
    const credentials = await askHelper(helper, asked, runHelper);
    if (credentials !== undefined) return { credentials, origin: { kind: 'helper', name: helper } };
  }
  const credentials = config.auths.get(key);
  return credentials === undefined ? undefined : { credentials, origin: { kind: 'file', path } };
}

async function askHelper(name: string, host: string, runHelper: RunHelper): Promise<Credentials | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw helperFailed(name, host, 'its name is none of a program');
  let result: HelperResult;
  try {
    result = await runHelper(name, host);
  } catch (error) {
    throw helperFailed(name, host, errorCode(error) === 'ENOENT' ? 'it is not on the PATH' : 'it cannot be started');
  }
  if (result.code === -1) throw helperFailed(name, host, 'it took too long');
  // Helpers say on standard output that they have nothing, and end with 1.
  return result.code === 0 ? parseHelperOutput(result.output) : undefined;
}

function helperFailed(name: string, host: string, why: string): WaybillError {
  return new WaybillError(
    'CREDENTIAL_HELPER_FAILED',
    `docker's config names the credential helper docker-credential-${name} for ${host}: ${why}`,
    { kind: 'user', hint: 'Install the helper, or log in without it (docker/login-action).' },
  );
}
