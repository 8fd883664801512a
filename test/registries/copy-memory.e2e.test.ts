import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import { createHttp, type Http } from '@waybill/core/http';
import { type Descriptor, digestFromHex, encodeManifest, MediaType } from '@waybill/core/oci';
import { createRegistry, type Registry as Repository } from '@waybill/core/registry';
import { image, LAYER_TYPE, pushImage } from '@waybill/testing/images';
import { createRandom } from '@waybill/testing/trees';
import { startDockerRegistry } from './docker-registry.ts';
import type { Registry } from './start-server.ts';

const MIB = 1024 * 1024;
const LAYER_MIB = 1024;
const LIMIT_MIB = 64;
const REPOSITORY = 'octo-org/large';
const SMALL = image({ note: 'small' });

let http: Http;
let near: Registry;
let far: Registry;

beforeAll(async () => {
  http = createHttp();
  [near, far] = await Promise.all([startDockerRegistry(), startDockerRegistry()]);
});
afterAll(async () => {
  http.close();
  await Promise.all([near?.stop(), far?.stop()]);
});

/** One MiB of noise, its first bytes the number of the piece. */
function* pieces(): Generator<Buffer> {
  const noise = Buffer.alloc(MIB);
  createRandom(1).fill(noise);
  for (let i = 0; i < LAYER_MIB; i += 1) {
    const piece = Buffer.from(noise);
    piece.writeUInt32LE(i);
    yield piece;
  }
}

/** An image with one layer that is in no memory as a whole. */
async function pushLarge(registry: Repository): Promise<Descriptor> {
  const hash = createHash('sha256');
  for (const piece of pieces()) hash.update(piece);
  const layer = { mediaType: LAYER_TYPE, digest: digestFromHex(hash.digest('hex')), size: LAYER_MIB * MIB };
  await registry.blobs.push(layer, async function* () {
    yield* pieces();
  });
  await pushImage(registry, SMALL);
  const [config] = SMALL.parts;
  if (config === undefined) throw new Error('no config');
  const { raw, descriptor } = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    config: config.descriptor,
    layers: [layer],
  });
  await registry.manifests.put(descriptor, raw);
  return descriptor;
}

test(`a layer of ${LAYER_MIB} MiB goes from one registry to another with at most ${LIMIT_MIB} MiB of memory`, async () => {
  const clock = { now: Date.now, sleep, random: Math.random };
  const large = await pushLarge(
    createRegistry({ host: near.host, repository: REPOSITORY, http, access: 'push', clock }),
  );
  const roots = [large.digest, SMALL.root.descriptor.digest];
  const args = ['--conditions=source', new URL('copy-large.ts', import.meta.url).pathname];
  const output = execFileSync(process.execPath, [...args, near.host, far.host, REPOSITORY, ...roots], {
    encoding: 'utf8',
  });
  const [copiedBytes, grownBytes] = output.trim().split(' ').map(Number);
  expect(copiedBytes).toBe(LAYER_MIB * MIB);
  expect((grownBytes ?? Infinity) / MIB).toBeLessThanOrEqual(LIMIT_MIB);
});
