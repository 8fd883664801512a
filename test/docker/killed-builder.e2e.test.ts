import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGgcrRegistry } from '../registries/ggcr-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startBuildKit } from './buildkit.ts';
import { createDockerClient, type DockerClient } from './docker-client.ts';
import { plantSources } from './sources.ts';
import type { Daemon } from './start-daemon.ts';

const PROGRAM = fileURLToPath(new URL('build-process.ts', import.meta.url));
/** A step that takes so long that its builder can be killed in the middle. */
const SLOW = `FROM scratch AS slow
COPY busybox /bin/busybox
COPY message /message
RUN ["/bin/busybox", "sh", "-c", "echo the slow step begins; /bin/busybox sleep 8"]
`;

let base: string;
let registry: Registry;
let buildkit: Daemon;
let client: DockerClient;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'waybill-killed-'));
  registry = await startGgcrRegistry();
  buildkit = await startBuildKit([registry.host]);
  client = await createDockerClient();
  await client.useBuildKit(buildkit.address);
});
afterAll(async () => {
  client?.remove();
  await buildkit?.stop();
  await registry?.stop();
  rmSync(base, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  /** Settles when the log has this text. @throws Error with the log, where the process ends before */
  says(text: string): Promise<void>;
  /** What it printed, and its log. */
  readonly ended: Promise<{ readonly out: string; readonly log: string }>;
}

function start(words: Readonly<Record<string, string>>): Run {
  const args = ['--disable-warning=ExperimentalWarning', '--conditions=source', PROGRAM, JSON.stringify(words)];
  // A group of its own, so that buildx dies with it.
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...client.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let [out, log] = ['', ''];
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    for (const listen of listeners) listen();
  });
  const ended = new Promise<{ out: string; log: string }>((resolve) =>
    child.once('close', () => resolve({ out, log })),
  );
  return {
    child,
    says: (text) =>
      new Promise((resolve, reject) => {
        const listen = () => {
          if (log.includes(text)) resolve();
        };
        listeners.add(listen);
        listen();
        void ended.then(() => reject(new Error(`It never said ${JSON.stringify(text)}:\n${log}`)));
      }),
    ended,
  };
}

describe.each(['ledger', 'tags'])('with records by %s', (kind) => {
  test('S1-C3: where the builder is killed in the middle of its build, another one finishes', async () => {
    const workspace = join(base, kind, 'app');
    plantSources(workspace, { Dockerfile: SLOW, message: kind });
    const image = `${registry.host}/octo-org/${kind}`;
    const store = kind === 'ledger' ? `git:${join(base, kind, 'ledger.git')}` : `oci://${image}-waybill`;
    const words = { image, workspace, store, target: 'slow' };
    const first = start(words);
    await first.says('the slow step begins');
    const second = start(words);
    await second.says('waiting for it');
    process.kill(-(first.child.pid ?? 0), 'SIGKILL');
    const { out, log } = await second.ended;
    expect(out === '' ? log : JSON.parse(out)).toEqual({ result: 'built', digest: expect.stringMatching(/^sha256:/) });
    expect((await first.ended).out).toBe('');
    // A third one takes what the second one built.
    const third = await start(words).ended;
    expect(JSON.parse(third.out)).toEqual({ ...JSON.parse(out), result: 'adopted' });
  });
});
