import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import { createHttp, type Http } from '@waybill/core/http';
import { type Digest, hexOf } from '@waybill/core/oci';
import { copyImage, createRegistry, type Registry as Repository } from '@waybill/core/registry';
import { type LayerCheck, verifyDigest } from '@waybill/core/verify';
import { buildKitIndex, image, type Part, pushImage } from '@waybill/testing/images';
import { startDockerRegistry } from './docker-registry.ts';
import type { ServedRegistry } from './start-server.ts';

// What somebody with a hand in the registry's storage changes, and by what it is found.

const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const clock = { now: Date.now, sleep, random: Math.random };
let http: Http;
let served: ServedRegistry;
let repository: Repository;
let tests = 0;

beforeAll(async () => {
  http = createHttp();
  served = await startDockerRegistry();
});
afterAll(async () => {
  http.close();
  await served?.stop();
});

/** Blobs are one pool for all repositories: each test has an image of its own. */
let root: Digest;
let config: Part;
let layer: Part;
let child: Part;
beforeEach(async () => {
  tests += 1;
  repository = open(`octo-org/app-${tests}`);
  const of = buildKitIndex({ note: `app ${tests}`, platforms: PLATFORMS, layerBytes: 1000 });
  await pushImage(repository, of);
  const [first, second, , third] = of.parts;
  if (first === undefined || second === undefined || third === undefined) throw new Error('no parts');
  [config, layer, child] = [first, second, third];
  root = of.root.descriptor.digest;
  expect(await findings('rehash')).toEqual([]);
});

function open(name: string): Repository {
  return createRegistry({ host: served.host, repository: name, http, access: 'push', clock });
}

async function findings(layers: LayerCheck): Promise<string[]> {
  const verification = await verifyDigest({ registry: repository, digest: root, layers });
  return verification.findings.map(({ code, subject }) => `${code} ${subject}`);
}

const storage = () => join(served.folder, 'storage/docker/registry/v2');
/** Where Distribution's filesystem driver keeps the bytes of a digest. */
function dataFile({ descriptor: { digest } }: Part): string {
  const hex = hexOf(digest);
  return join(storage(), 'blobs/sha256', hex.slice(0, 2), hex, 'data');
}
function flip(part: Part): void {
  const bytes = readFileSync(dataFile(part));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(dataFile(part), bytes);
}
function link(kind: '_manifests/revisions' | '_layers', { descriptor: { digest } }: Part): string {
  return join(storage(), 'repositories', repository.repository, kind, 'sha256', hexOf(digest));
}

test('a layer swapped for another image’s: by its size, else by its bytes', async () => {
  const [, other] = image({ note: 'malicious', layerBytes: 5 }).parts;
  writeFileSync(dataFile(layer), other?.bytes ?? Buffer.alloc(0));
  const { digest } = layer.descriptor;
  expect(await findings('exist')).toEqual([`layer-size-mismatch ${digest}`]);
  expect(await findings('rehash')).toEqual([`layer-size-mismatch ${digest}`]);
});

test('one byte of a layer: by rehash', async () => {
  flip(layer);
  expect(await findings('exist')).toEqual([]);
  expect(await findings('rehash')).toEqual([`layer-mismatch ${layer.descriptor.digest}`]);
});

test('one byte of a config', async () => {
  flip(config);
  expect(await findings('exist')).toEqual([`config-mismatch ${config.descriptor.digest}`]);
});

test('a manifest that names another layer', async () => {
  const text = readFileSync(dataFile(child), 'utf8');
  writeFileSync(dataFile(child), text.replace(layer.descriptor.digest, config.descriptor.digest));
  expect(await findings('manifest')).toEqual([`manifest-mismatch ${child.descriptor.digest}`]);
});

test('a child that was deleted', async () => {
  rmSync(link('_manifests/revisions', child), { recursive: true });
  expect(await findings('manifest')).toEqual([`manifest-missing ${child.descriptor.digest}`]);
});

test('a layer that was unlinked', async () => {
  rmSync(link('_layers', layer), { recursive: true });
  expect(await findings('exist')).toEqual([`layer-missing ${layer.descriptor.digest}`]);
});

test('all of it at once', async () => {
  flip(config);
  flip(layer);
  const verification = await verifyDigest({
    registry: repository,
    digest: root,
    layers: 'rehash',
    platforms: ['linux/s390x'],
  });
  expect(verification.findings.map(({ code }) => code)).toEqual([
    'config-mismatch',
    'layer-mismatch',
    'platform-missing',
  ]);
});

test('a layer that was swapped is not carried to another registry', async () => {
  flip(layer);
  const far = await startDockerRegistry();
  try {
    const to = createRegistry({ host: far.host, repository: 'octo-org/app', http, access: 'push', clock });
    const copying = copyImage({ from: repository, to, root, referrers: 'all', clock });
    await expect(copying).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await to.manifests.head({ digest: root })).toBeUndefined();
  } finally {
    await far.stop();
  }
});
