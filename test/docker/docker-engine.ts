import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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
      `--add-runtime=narrow=${narrowRuntime(folder)}`,
      '--default-runtime=narrow',
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

/** A program for dockerd that takes no arguments of its own. */
function narrowRuntime(folder: string): string {
  const file = join(folder, 'runtime');
  const words = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'narrow-runc.ts'),
    requireProgram('runc'),
  ];
  writeFileSync(file, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
  return file;
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
