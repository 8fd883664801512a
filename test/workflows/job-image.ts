import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { requireProgram } from '../tools/require-program.ts';

const run = promisify(execFile);

/** What `container:` names in the workflows of the tests. */
export const JOB_IMAGE = 'waybill-test/job:1';

/**
 * Makes {@link JOB_IMAGE} in an engine, of files of this machine, since none can be pulled: busybox for the tools, bash, and
 * the Node that runs this. It is a system of its own, with other folders and one user.
 * @param engine its address
 */
export async function makeJobImage(engine: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-image-'));
  const [root, archive] = [join(folder, 'root'), join(folder, 'root.tar')];
  try {
    for (const below of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'usr/bin', 'usr/local/bin', 'var']) {
      mkdirSync(join(root, below), { recursive: true });
    }
    chmodSync(join(root, 'tmp'), 0o1777);
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
    copyFileSync(requireProgram('busybox'), join(root, 'bin/busybox'));
    for (const applet of execFileSync(join(root, 'bin/busybox'), ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
      if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
    }
    symlinkSync('/bin/env', join(root, 'usr/bin/env'));
    copyProgram(root, '/bin/bash', 'bin/bash');
    copyProgram(root, process.execPath, 'usr/local/bin/node');
    execFileSync('tar', ['-C', root, '-cf', archive, '.']);
    const env = ['--change', 'ENV PATH=/usr/local/bin:/usr/bin:/bin'];
    await run(requireProgram('docker'), ['--host', engine, 'import', ...env, archive, JOB_IMAGE]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program and the libraries that it asks the loader for, which stay where they are. */
function copyProgram(root: string, program: string, to: string): void {
  rmSync(join(root, to), { force: true });
  copyFileSync(program, join(root, to));
  const list = execFileSync('ldd', [program], { encoding: 'utf8' });
  for (const [, library] of list.matchAll(/(?:=> |^\s*)(\/\S+)/gm)) {
    if (library === undefined || existsSync(join(root, library))) continue;
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
}
