import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireProgram } from '../tools/require-program.ts';
import { type Daemon, startDaemon } from './start-daemon.ts';

const run = promisify(execFile);

/** Starts a Docker engine with folders of its own and without a network: containers use that of the machine (`network=host`). */
export async function startDockerEngine(): Promise<Daemon> {
  const docker = requireProgram('docker');
  return startDaemon({
    name: 'dockerd',
    program: requireProgram('dockerd'),
    args: (folder, address) => [
      `--host=${address}`,
      `--data-root=${join(folder, 'data')}`,
      `--exec-root=${join(folder, 'exec')}`,
      `--pidfile=${join(folder, 'pid')}`,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-masq=false',
      // Works on every file system.
      '--storage-driver=vfs',
    ],
    isReady: (address) =>
      run(docker, ['--host', address, 'version']).then(
        () => true,
        () => false,
      ),
    tidy: unmountAll,
  });
}

/** What containers that were killed left mounted. */
async function unmountAll(folder: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? []);
  for (const mount of mounts.filter((each) => each.startsWith(`${folder}/`)).reverse()) {
    await run('umount', ['--lazy', mount]).catch(() => undefined);
  }
}
