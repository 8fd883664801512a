import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import { createHttp, type Http } from '@waybill/core/http';
import { attach, copyImage, createRegistry, referrersTag } from '@waybill/core/registry';
import { buildKitIndex, cosignImage, pushImage } from '@waybill/testing/images';
import { toolPath } from '../../scripts/tools.mjs';
import { startDockerRegistry } from './docker-registry.ts';
import { startGgcrRegistry } from './ggcr-registry.ts';
import type { Registry } from './start-server.ts';

const IMAGE = buildKitIndex({ note: 'app', platforms: [{ os: 'linux', architecture: 'amd64' }] });
const { descriptor: ROOT } = IMAGE.root;
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const clock = { now: Date.now, sleep, random: Math.random };

let http: Http;
let home: string;
let docker: Registry;
let ggcr: Registry;
beforeAll(async () => {
  http = createHttp();
  home = mkdtempSync(join(tmpdir(), 'waybill-cosign-'));
  [docker, ggcr] = await Promise.all([startDockerRegistry(), startGgcrRegistry()]);
});
afterAll(async () => {
  http.close();
  await Promise.all([docker?.stop(), ggcr?.stop()]);
  rmSync(home, { recursive: true, force: true });
});

const open = ({ host }: Registry, repository: string) =>
  createRegistry({ host, repository, http, access: 'push', clock });

/** What cosign finds at an image. */
async function tree(image: string): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  const args = ['tree', '--allow-http-registry', image];
  return execFileSync(await toolPath('cosign'), args, { encoding: 'utf8', env, timeout: 60_000 });
}

test.each([
  ['docker-registry, which has no referrers API', () => docker],
  ["go-containerregistry's registry, which has one", () => ggcr],
])('cosign finds at %s what was attached at the source', async (_, target) => {
  const from = open(docker, 'octo-org/build');
  await pushImage(from, IMAGE);
  const { digest } = await attach({
    registry: from,
    subject: ROOT,
    artifactType: BUNDLE,
    layers: [{ mediaType: BUNDLE, bytes: Buffer.from('{"bundle":1}') }],
    annotations: { 'dev.sigstore.bundle.predicateType': 'https://slsa.dev/provenance/v1' },
    clock,
  });
  await pushImage(from, cosignImage([{ text: 'payload', signature: 'old' }]), `${referrersTag(ROOT.digest)}.sig`);
  const to = open(target(), 'octo-org/app');
  await copyImage({ from, to, root: ROOT.digest, referrers: 'all', clock });
  const found = await tree(`${to.host}/${to.repository}@${ROOT.digest}`);
  expect(found).toContain(
    `https://slsa.dev/provenance/v1 artifacts via OCI referrer: ${to.host}/${to.repository}@${digest}`,
  );
  expect(found).toContain(`Signatures for an image tag: ${to.host}/${to.repository}:${referrersTag(ROOT.digest)}.sig`);
});
