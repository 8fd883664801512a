import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../../scripts/tools.mjs';
import { requireProgram } from '../tools/require-program.ts';

const run = promisify(execFile);

/** Docker's command line with a configuration of its own, and buildx. */
export interface DockerClient {
  /** `DOCKER_CONFIG`, and `DOCKER_HOST` where there is an engine. */
  readonly env: Readonly<Record<string, string>>;
  /** Gives its standard output, trimmed. @throws Error with what it printed */
  docker(...args: readonly string[]): Promise<string>;
  /** As `docker login`. */
  login(host: string, user: string, password: string): void;
  /** The builder that builds go to from now on: BuildKit at this address. */
  useBuildKit(address: string): Promise<void>;
  remove(): void;
}

export interface DockerClientOptions {
  /** Address of an engine; without it there is none. */
  readonly engine?: string;
}

export async function createDockerClient({ engine }: DockerClientOptions = {}): Promise<DockerClient> {
  const [program, buildx] = [requireProgram('docker'), await toolPath('buildx')];
  const folder = mkdtempSync(join(tmpdir(), 'waybill-docker-'));
  const plugins = join(folder, 'cli-plugins');
  mkdirSync(plugins);
  symlinkSync(buildx, join(plugins, 'docker-buildx'));
  const auths: Record<string, { readonly auth: string }> = {};
  // A host that nobody listens on, so that no engine of the machine is taken for ours.
  const env = { DOCKER_CONFIG: folder, DOCKER_HOST: engine ?? `unix://${join(folder, 'none')}` };
  const docker = async (...args: readonly string[]): Promise<string> =>
    (
      await run(program, args, { env: { PATH: process.env['PATH'], ...env }, maxBuffer: 64 * 1024 * 1024 })
    ).stdout.trim();
  return {
    env,
    docker,
    login(host, user, password) {
      auths[host] = { auth: Buffer.from(`${user}:${password}`).toString('base64') };
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 });
    },
    async useBuildKit(address) {
      await docker('buildx', 'create', '--name', 'waybill-tests', '--driver', 'remote', address, '--use');
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
