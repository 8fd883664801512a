import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

const LIMIT_MS = 10_000;

/** A Dockerfile that needs no context. */
const TRIAL = 'FROM scratch\nCOPY <<EOF /trial\ntrial\nEOF\n';

/** What a step builds with. */
export interface Builder {
  /** For people: `remote driver`. */
  readonly shown: string;
  /** Variables by which docker finds it. */
  readonly env: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The builder that `docker buildx` takes here, where it runs already, can push by digest, and reaches this registry: it has just
 * pushed an image there. Nothing is started and nothing downloaded.
 * @param env where docker and its configuration are looked for
 * @param host of a registry on this machine
 * @returns undefined where there is none
 */
export async function findBuilder(env: Variables, host: string): Promise<Builder | undefined> {
  const about = (await docker(env, ['buildx', 'inspect'])) ?? '';
  const fact = (name: string) => new RegExp(`^${name}: +(.*)$`, 'm').exec(about)?.[1] ?? '';
  const driver = fact('Driver');
  // That of docker itself cannot push by digest: a step would start another one, and download its image.
  if (driver === 'docker' || fact('Status') !== 'running') return undefined;
  const output = `type=image,name=${host}/octo-org/trial,push=true`;
  const trial = ['buildx', 'build', '--quiet', '--provenance=false', '--output', output, '-'];
  if ((await docker(env, trial, TRIAL)) === undefined) return undefined;
  const found = env['DOCKER_HOST'];
  return {
    shown: `${driver} driver`,
    env: {
      DOCKER_CONFIG: env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'),
      ...(found === undefined ? {} : { DOCKER_HOST: found }),
    },
  };
}

/** What docker says on standard output; undefined where it fails. */
function docker(env: Variables, args: readonly string[], input = ''): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile('docker', args, { env: { ...env }, timeout: LIMIT_MS }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
    // Where there is no docker there is nobody who reads.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
