import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from '../../scripts/tools.mjs';
import { requireProgram } from '../tools/require-program.ts';
import { type Daemon, startDaemon } from './start-daemon.ts';

/**
 * Starts BuildKit with a cache of its own.
 * @param hosts registries that it speaks plain http to
 */
export async function startBuildKit(hosts: readonly string[]): Promise<Daemon> {
  const [program, buildctl] = [await toolPath('buildkitd'), await toolPath('buildctl')];
  const runc = requireProgram('runc');
  return startDaemon({
    name: 'buildkitd',
    program,
    args: (folder, address) => {
      const config = join(folder, 'buildkitd.toml');
      writeFileSync(config, hosts.map((host) => `[registry."${host}"]\n  http = true\n`).join(''));
      const worker = ['--oci-worker-binary', runc, '--oci-worker-net', 'host'];
      return ['--addr', address, '--root', join(folder, 'root'), '--config', config, ...worker];
    },
    isReady: (address) =>
      new Promise((resolve) =>
        execFile(buildctl, ['--addr', address, 'debug', 'workers'], (error) => resolve(error === null)),
      ),
  });
}
