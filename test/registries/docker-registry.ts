import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireProgram } from '../tools/require-program.ts';
import { type ServedRegistry, startServer } from './start-server.ts';

export interface DockerRegistry extends ServedRegistry {
  /** The folder of its storage driver. */
  readonly storage: string;
}

export interface DockerRegistryOptions {
  /** An existing folder, below which its own is made; the system's folder for temporary files without it. */
  readonly folder?: string;
  /** The `auth.token` section of its configuration; anonymous without it. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly rootCertificate: string;
  };
  /** Keeps what it stores in memory: for tests that write much, and wait for no disk. */
  readonly inMemory?: boolean;
}

/**
 * Starts Debian's `docker-registry` (Distribution 2.8: no referrers API, as GHCR) with a folder of its own, on a port of its own.
 *
 * @throws Error that says how to install it, or what it printed if it does not come up within 20 s
 */
export async function startDockerRegistry({
  folder,
  token,
  inMemory = false,
}: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const server = await startServer({
    ...(folder === undefined ? {} : { parent: folder }),
    name: 'docker-registry',
    program: requireProgram('docker-registry'),
    prepare: (base) => {
      const config = join(base, 'config.json');
      const certificate = join(base, 'token-ca.pem');
      if (token !== undefined) writeFileSync(certificate, token.rootCertificate);
      const { realm, service, issuer } = token ?? {};
      const auth =
        token === undefined ? {} : { auth: { token: { realm, service, issuer, rootcertbundle: certificate } } };
      // YAML holds JSON.
      writeFileSync(
        config,
        JSON.stringify({
          version: '0.1',
          log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
          storage: {
            ...(inMemory ? { inmemory: {} } : { filesystem: { rootdirectory: join(base, 'storage') } }),
            delete: { enabled: true },
          },
          http: { addr: '127.0.0.1:0' },
          // Foreign layers are taken, which it refuses by default.
          validation: { manifests: { urls: { allow: ['^https?://'] } } },
          ...auth,
        }),
      );
      return ['serve', config];
    },
    env: { OTEL_TRACES_EXPORTER: 'none' },
    status: token === undefined ? 200 : 401,
  });
  return { ...server, storage: join(server.folder, 'storage') };
}
