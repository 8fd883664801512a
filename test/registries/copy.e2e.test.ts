import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import { createHttp, type Http } from '@waybill/core/http';
import { type Descriptor, describe as descriptorOf, parseIndex } from '@waybill/core/oci';
import { attach, copyImage, createRegistry, type Registry as Repository, referrersTag } from '@waybill/core/registry';
import { verifyDigest } from '@waybill/core/verify';
import { type Meter, startMeter } from '@waybill/testing/fault-proxy';
import { artifact, buildKitIndex, cosignImage, image, indexOf, pushImage } from '@waybill/testing/images';
import { toolPath } from '../../scripts/tools.mjs';
import { startDockerRegistry } from './docker-registry.ts';
import { startGgcrRegistry } from './ggcr-registry.ts';
import type { Registry } from './start-server.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

const FROM = 'octo-org/build';
const TYPE = 'application/vnd.cyclonedx+json';
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const IMAGE = buildKitIndex({ note: 'app', platforms: PLATFORMS, layers: 5, layerBytes: 1_000_000 });
const { descriptor: ROOT } = IMAGE.root;
const IMAGES = parseIndex(IMAGE.root.bytes).value.manifests.filter(({ platform }) => platform?.os === 'linux');
const clock = { now: Date.now, sleep, random: Math.random };

let http: Http;
let docker: Registry;
let second: Registry;
let ggcr: Registry;
let repositories = 0;

beforeAll(async () => {
  [docker, second, ggcr] = await Promise.all([startDockerRegistry(), startDockerRegistry(), startGgcrRegistry()]);
});
afterAll(() => Promise.all([docker?.stop(), second?.stop(), ggcr?.stop()]));
beforeEach(() => {
  http = createHttp();
});
afterEach(() => http.close());

function open({ host }: { readonly host: string }, repository = `octo-org/app-${(repositories += 1)}`): Repository {
  return createRegistry({ host, repository, http, access: 'push', clock });
}

function copy(from: Repository, to: Repository, root: Descriptor = ROOT) {
  return copyImage({ from, to, root, referrers: 'all', clock });
}

function attachTo(registry: Repository, subject: Descriptor, note: string) {
  const layers = [{ mediaType: TYPE, bytes: Buffer.from(note) }];
  return attach({ registry, subject, artifactType: TYPE, layers, annotations: { note }, clock });
}

function at({ host, repository }: Repository, { digest } = ROOT): string {
  return `${host}/${repository}@${digest}`;
}

async function run(tool: 'crane' | 'regctl', args: readonly string[]): Promise<string> {
  const program = await toolPath(tool);
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 }).trim();
}

/** What regctl finds attached. */
function tree(registry: Repository): Promise<string> {
  return run('regctl', ['--host', `reg=${registry.host},tls=disabled`, 'artifact', 'tree', at(registry)]);
}

describe('what others find at the target', () => {
  const routes: readonly (readonly [string, () => readonly [Registry, Registry]])[] = [
    ['to another repository of docker-registry', () => [docker, docker]],
    ['from docker-registry to another one', () => [docker, second]],
    ["from docker-registry to go-containerregistry's registry", () => [docker, ggcr]],
    ["from go-containerregistry's registry to docker-registry", () => [ggcr, docker]],
    ["to another repository of go-containerregistry's registry", () => [ggcr, ggcr]],
  ];
  test.each(routes)('%s', async (_, places) => {
    const [near, far] = places();
    const from = open(near, `${FROM}-${repositories}`);
    const to = open(far);
    await pushImage(from, IMAGE);
    const sbom = await attachTo(from, ROOT, 'sbom');
    const signature = await attachTo(from, sbom, 'signature of the sbom');
    await pushImage(from, cosignImage([{ text: 'payload', signature: 'old' }]), `${referrersTag(ROOT.digest)}.sig`);
    const { referrers, legacyTags, notes } = await copy(from, to);
    expect(notes).toEqual([]);
    expect(referrers).toHaveLength(2);
    expect(legacyTags).toEqual([`${referrersTag(ROOT.digest)}.sig`]);
    expect(await run('crane', ['digest', at(to)])).toBe(ROOT.digest);
    // crane's validate knows nothing of BuildKit's attestations: the images are judged one by one.
    for (const platform of IMAGES) {
      expect(await run('crane', ['validate', '--remote', at(to, platform)])).toContain('PASS');
    }
    expect(await run('crane', ['digest', `${to.host}/${to.repository}:${legacyTags[0]}`])).toMatch(/^sha256:/);
    const found = await tree(to);
    expect(found).toContain(sbom.digest);
    expect(found).toContain(signature.digest);
    expect(await to.referrers(ROOT.digest)).toEqual([sbom]);
  });

  const single = image({ note: 'single' });
  const docker2 = image({ note: 'docker', format: 'docker' });
  test.each([
    ['a single manifest', single],
    ["a manifest of Docker's schema 2", docker2],
    [
      "a manifest list of Docker's",
      indexOf([{ of: docker2, platform: { os: 'linux', architecture: 'amd64' } }], { format: 'docker' }),
    ],
    ['a nested index', indexOf([{ of: indexOf([{ of: single }]) }])],
    ['an artifact', artifact({ type: TYPE, note: 'thing' })],
  ] as const)('%s keeps its digest', async (_, of) => {
    const from = open(docker, FROM);
    await pushImage(from, of);
    for (const to of [open(docker), open(second)]) {
      await copy(from, to, of.root.descriptor);
      expect(await run('crane', ['digest', at(to, of.root.descriptor)])).toBe(of.root.descriptor.digest);
      expect(await run('crane', ['validate', '--remote', at(to, of.root.descriptor)])).toContain('PASS');
    }
  });

  // crane's validate does not come to an end on such an image.
  test('an image of 100 layers keeps its digest and every byte', async () => {
    const of = image({ note: 'many', layers: 100 });
    const from = open(docker, FROM);
    await pushImage(from, of);
    for (const to of [open(docker), open(second)]) {
      await copy(from, to, of.root.descriptor);
      expect(await run('crane', ['digest', at(to, of.root.descriptor)])).toBe(of.root.descriptor.digest);
      const { digest } = of.root.descriptor;
      expect(await verifyDigest({ registry: to, digest, layers: 'rehash' })).toMatchObject({
        findings: [],
        layers: 101,
      });
    }
  });

  test('a foreign layer is left where it is, and docker-registry takes the manifest that names it', async () => {
    const layer = {
      ...descriptorOf('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', Buffer.from('elsewhere')),
      urls: ['https://example.com/layer'],
    };
    const of = image({ note: 'windows', format: 'docker', foreign: [layer] });
    const from = open(docker, FROM);
    await pushImage(from, of);
    const to = open(docker);
    expect((await copy(from, to, of.root.descriptor)).notes.map(({ code }) => code)).toEqual(['foreign-layer']);
    expect(await run('crane', ['digest', at(to, of.root.descriptor)])).toBe(of.root.descriptor.digest);
  });
});

describe('requests to docker-registry, counted on the way', () => {
  let meter: Meter;
  const paths: string[] = [];
  beforeAll(async () => {
    meter = await startMeter({ target: docker.host, onRequest: ({ method, path }) => paths.push(`${method} ${path}`) });
  });
  afterAll(() => meter?.stop());
  const counted = () => paths.filter((path) => !path.includes('/tags/list')).length;

  test('a copy to a new repository takes at most 40 and no byte of a layer, again at most 6', async () => {
    const from = open(meter, `${FROM}-counted`);
    await pushImage(from, IMAGE);
    const sbom = await attachTo(from, ROOT, 'sbom');
    const to = open(meter);
    meter.take();
    paths.length = 0;
    expect(await copy(from, to)).toMatchObject({ mountedBlobs: 18, copiedBlobs: 0, referrers: [sbom] });
    expect(counted()).toBeLessThanOrEqual(40);
    const manifests = IMAGE.parts.filter(
      ({ descriptor }) => descriptor.mediaType.includes('manifest') || descriptor === ROOT,
    );
    const { up } = meter.take();
    // Nothing but manifests: the image's, the referrer's, and the index of referrers.
    expect(up).toBeLessThan(manifests.reduce((sum, { bytes }) => sum + bytes.byteLength, 0) + 3000);
    paths.length = 0;
    await copy(from, to);
    expect(counted()).toBeLessThanOrEqual(6);
    expect(meter.take().up).toBe(0);
  });
});

describe('with tokens, as GHCR hands them out', () => {
  let tokens: TokenServer;
  let closed: Registry;
  beforeAll(async () => {
    tokens = await startTokenServer({ writer: { password: 'w', actions: ['pull', 'push', 'delete'] } });
    closed = await startDockerRegistry({ token: tokens.token });
  });
  afterAll(async () => {
    await closed?.stop();
    await tokens?.stop();
  });

  test('blobs are mounted, and what is attached comes along', async () => {
    const as = (repository: string) =>
      createRegistry({
        host: closed.host,
        repository,
        http,
        access: 'push',
        credentials: async () => ({ kind: 'basic', username: 'writer', password: 'w' }),
        clock,
      });
    const [from, to] = [as(FROM), as('octo-org/app')];
    await pushImage(from, IMAGE);
    const sbom = await attachTo(from, ROOT, 'sbom');
    expect(await copy(from, to)).toMatchObject({ mountedBlobs: 18, copiedBlobs: 0, referrers: [sbom] });
    expect(await to.referrers(ROOT.digest)).toEqual([sbom]);
  });
});
