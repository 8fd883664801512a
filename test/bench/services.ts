import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { startCacheService } from '@waybill/testing/cache-service';
import { startFakeRegistry } from '@waybill/testing/registry';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import { folderBytes } from './folder-bytes.ts';

/** What a contender keeps its entries in, on loopback. */
export interface Service {
  readonly host: string;
  /** Bytes of the entries that it keeps. */
  stored(): number;
  /** Forgets all of them. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** The cache service of the platform, for the peer. */
export interface PeerService extends Service {
  /** What a step of the peer needs in its environment to find it at `host`. */
  env(host: string): Readonly<Record<string, string>>;
  has(key: string): boolean;
}

/** `docker-registry` where it is on PATH, storing below `folder`; else the tests' own registry, which keeps all in memory. */
export async function startRegistryService(folder: string): Promise<Service> {
  if (registryName() === 'docker-registry') {
    await mkdir(folder, { recursive: true });
    const { host, storage, stop } = await startDockerRegistry({ folder });
    return {
      host,
      stored: () => folderBytes(join(storage, 'docker', 'registry', 'v2', 'blobs')),
      // It keeps nothing of its storage in memory, and makes the folders that it needs.
      reset: () => rm(storage, { recursive: true, force: true }),
      stop,
    };
  }
  const { host, log, clearLog, contents, stop } = await startFakeRegistry();
  return {
    host,
    stored: () => log.filter(({ status }) => status === 201).reduce((sum, { received }) => sum + received, 0),
    reset: async () => {
      clearLog();
      contents.clear();
    },
    stop,
  };
}

/** Which registry `startRegistryService` starts. */
export function registryName(): 'docker-registry' | 'fake registry' {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => existsSync(join(folder, 'docker-registry'))) ? 'docker-registry' : 'fake registry';
}

/** Its addresses for blobs lie in the domain for which the peer's client does as on GitHub; the peer looks every name up at loopback. */
export async function startPeerService(folder: string): Promise<PeerService> {
  await mkdir(folder, { recursive: true });
  const service = await startCacheService({ folder, blobHost: 'bench.blob.core.windows.net' });
  const token = service.token({ scopes: [{ scope: 'refs/heads/main', access: 'write' }] });
  return {
    host: service.host,
    stored: () => service.entries().reduce((sum, { size }) => sum + size, 0),
    reset: service.clear,
    stop: service.stop,
    env: (host) => service.env(token, host),
    has: (key) => service.entries().some((entry) => entry.key === key),
  };
}
