import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireProgram } from '../tools/require-program.ts';

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

export interface Registry {
  /** `127.0.0.1:PORT`; plain http, as every client takes loopback to be. */
  readonly host: string;
  /** Ends it and removes what it stored. */
  stop(): Promise<void>;
}

export interface DockerRegistryOptions {
  /** The `auth.token` section of its configuration; anonymous without it. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly rootCertificate: string;
  };
}

/**
 * Starts Debian's `docker-registry` (Distribution 2.8: no referrers API, as GHCR) with a folder of its own, on a port of its own.
 *
 * @throws Error that says how to install it, or what it printed if it does not come up within 20 s
 */
export async function startDockerRegistry({ token }: DockerRegistryOptions = {}): Promise<Registry> {
  const program = requireProgram('docker-registry');
  const base = mkdtempSync(join(tmpdir(), 'waybill-registry-'));
  const config = join(base, 'config.json');
  const certificate = join(base, 'token-ca.pem');
  if (token !== undefined) writeFileSync(certificate, token.rootCertificate);
  // YAML holds JSON.
  writeFileSync(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(base, 'storage') }, delete: { enabled: true } },
      http: { addr: '127.0.0.1:0' },
      ...(token === undefined
        ? {}
        : {
            auth: {
              token: { realm: token.realm, service: token.service, issuer: token.issuer, rootcertbundle: certificate },
            },
          }),
    }),
  );
  const child = spawn(program, ['serve', config], {
    cwd: base,
    env: { PATH: process.env['PATH'], HOME: base, OTEL_TRACES_EXPORTER: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    const last = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(last);
    rmSync(base, { recursive: true, force: true });
  };
  try {
    const host = await new Promise<string>((resolve, reject) => {
      let output = '';
      const fail = (why: string) => reject(new Error(`docker-registry ${why}:\n${output}`));
      const limit = setTimeout(() => fail(`does not listen after ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          const [, found] = /listening on (127\.0\.0\.1:\d+)/.exec(output) ?? [];
          if (found === undefined) return;
          clearTimeout(limit);
          resolve(found);
        });
      }
      child.once('error', (error) => fail(error.message));
      void ended.then(() => fail('ended at once'));
    });
    const answer = await fetch(`http://${host}/v2/`);
    if (answer.status !== (token === undefined ? 200 : 401))
      throw new Error(`docker-registry answers ${answer.status} to /v2/.`);
    return { host, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
