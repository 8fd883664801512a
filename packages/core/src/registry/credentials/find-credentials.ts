import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, WaybillError } from '../../errors/index.ts';
import type { Env } from '../../http/index.ts';
import type { CredentialSource, Credentials } from '../types.ts';
import { configHost, type DockerConfig, parseDockerConfig, parseHelperOutput } from './docker-config.ts';
import type { HelperResult, RunHelper } from './docker-credential.ts';

export interface FindCredentialsOptions {
  /** `DOCKER_CONFIG` names the folder of `config.json`; without it `.docker` in the home folder. */
  readonly env: Env;
  readonly home: string;
  readonly runHelper: RunHelper;
  /** For ghcr.io alone, where docker has nothing for that. */
  readonly githubToken?: string;
}

/**
 * Credentials as docker finds them, each for its own host: the helper for the host, the helper for all, what stands in the
 * file; then the GitHub token for ghcr.io. A helper that has none is none.
 *
 * The source throws WaybillError `DOCKER_CONFIG_INVALID`, `CREDENTIAL_HELPER_FAILED` (kind `user`).
 */
export function findCredentials({ env, home, runHelper, githubToken }: FindCredentialsOptions): CredentialSource {
  return async (host) => {
    const config = await readConfig(env, home);
    const found = config === undefined ? undefined : await fromDocker(config, host, runHelper);
    if (found !== undefined) return found;
    if (host !== 'ghcr.io' || githubToken === undefined || githubToken === '') return undefined;
    return { kind: 'basic', username: 'x-access-token', password: githubToken };
  };
}

async function readConfig(env: Env, home: string): Promise<DockerConfig | undefined> {
  const path = join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json');
  try {
    return parseDockerConfig(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

async function fromDocker(config: DockerConfig, host: string, runHelper: RunHelper): Promise<Credentials | undefined> {
  const key = configHost(host);
  const helper = config.helpers.get(key) ?? config.store;
  // docker keeps Docker Hub under this whole URL.
  const asked = key === 'index.docker.io' ? 'https://index.docker.io/v1/' : host;
  const helped = helper === undefined ? undefined : await askHelper(helper, asked, runHelper);
  return helped ?? config.auths.get(key);
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
