import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

const LIMIT_MS = 5000;

/** What a step builds with. */
export interface Builder {
  /** For people: `remote driver`. */
  readonly shown: string;
  /** Variables by which docker finds it. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The builder that `docker buildx` takes here, where it runs and pushes by digest to a registry on this machine's loopback: a
 * remote one on a socket, or a container on the host's network. Nothing is started and nothing downloaded.
 * @param env where docker and its configuration are looked for
 * @returns undefined where there is none
 */
export async function findBuilder(env: Readonly<Record<string, string | undefined>>): Promise<Builder | undefined> {
  if (process.platform !== 'linux') return undefined;
  const found = await inspect(env);
  const fact = (name: string) => new RegExp(`^${name}: +(.*)$`, 'm').exec(found)?.[1] ?? '';
  const driver = fact('Driver');
  const reaches =
    (driver === 'remote' && fact('Endpoint').startsWith('unix:')) ||
    (driver === 'docker-container' && fact('Driver Options').includes('network="host"'));
  if (!reaches || fact('Status') !== 'running') return undefined;
  const config = env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const host = env['DOCKER_HOST'];
  return {
    shown: `${driver} driver`,
    env: { DOCKER_CONFIG: config, ...(host === undefined ? {} : { DOCKER_HOST: host }) },
  };
}

/** What buildx says of it; empty where it says nothing. */
function inspect(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  return new Promise((resolve) => {
    execFile('docker', ['buildx', 'inspect'], { env: { ...env }, timeout: LIMIT_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}
