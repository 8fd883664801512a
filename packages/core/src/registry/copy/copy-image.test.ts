import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  artifact,
  attestationEntry,
  buildKitIndex,
  type FixtureImage,
  image,
  indexOf,
  LAYER_TYPE,
  pushImage,
} from '@waybill/testing/images';
import { type FakeRegistry, type FakeRegistryOptions, type Quirks, startFakeRegistry } from '@waybill/testing/registry';
import { createHttp, type Http } from '../../http/index.ts';
import { type Descriptor, describe as descriptorOf, isManifestType, MediaType, parseIndex } from '../../oci/index.ts';
import {
  attach,
  type CopyOptions,
  copyImage,
  createRegistry,
  ownTag,
  planCopy,
  type Registry,
  referrersTag,
} from '../index.ts';

const FROM = 'octo-org/build';
const TO = 'octo-org/app';
const TYPE = 'application/vnd.test.sbom';
const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };
const IMAGE = buildKitIndex({ note: 'app', platforms: [AMD64, ARM64], layers: 5, layerBytes: 20_000 });

let http: Http;
let fake: FakeRegistry;
const fakes: FakeRegistry[] = [];
const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };

beforeEach(() => {
  http = createHttp();
});
afterEach(async () => {
  http.close();
  await Promise.all(fakes.splice(0).map((each) => each.stop()));
});

async function start(quirks: Partial<Quirks> = {}, options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const started = await startFakeRegistry({ quirks, ...options });
  fakes.push(started);
  return started;
}

function open(repository: string, at = fake): Registry {
  return createRegistry({ host: at.host, repository, http, access: 'push', clock });
}

function copy(of: Pick<FixtureImage, 'root'>, options: Partial<CopyOptions> = {}) {
  return copyImage({
    from: open(FROM),
    to: open(TO),
    root: of.root.descriptor.digest,
    referrers: 'all',
    clock,
    ...options,
  });
}

function attachTo(subject: Descriptor, note: string, registry = open(FROM)) {
  const layers = [{ mediaType: TYPE, bytes: Buffer.from(note) }];
  return attach({ registry, subject, artifactType: TYPE, layers, annotations: { note }, clock });
}

/** Requests that the budget counts: all but the pages of tag listings. */
function counted(at = fake): string[] {
  return at.log
    .filter(({ path }) => !path.includes('/tags/list'))
    .map(({ method, path, status }) => `${method} ${path} ${status}`);
}

function layerBytesUp(at = fake): number {
  return at.log
    .filter(({ method, path }) => method !== 'GET' && path.includes('/blobs/'))
    .reduce((sum, { received }) => sum + received, 0);
}

function expectWhole(of: FixtureImage, repository = TO, at = fake): void {
  for (const { descriptor, bytes } of of.parts) {
    const stored = isManifestType(descriptor.mediaType)
      ? at.contents.manifest(repository, descriptor.digest)
      : at.contents.blob(repository, descriptor.digest);
    expect(Buffer.from(stored ?? []).equals(bytes)).toBe(true);
  }
}

describe('within one registry without a referrers API', () => {
  beforeEach(async () => {
    fake = await start({ referrers: 'none' });
    await pushImage(open(FROM), IMAGE);
  });

  test('an index of 2 platforms, 5 layers each, attestations and a referrer takes 36 requests and no byte of a layer', async () => {
    const referrer = await attachTo(IMAGE.root.descriptor, 'sbom');
    fake.clearLog();
    const result = await copy(IMAGE);
    expect(counted().length).toBeLessThanOrEqual(36);
    expect(layerBytesUp()).toBe(0);
    expect(fake.log.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'))).toEqual([]);
    expect(fake.log.filter(({ path }) => path.includes('/tags/list'))).toHaveLength(3);
    expectWhole(IMAGE);
    expect(await open(TO).referrers(IMAGE.root.descriptor.digest)).toEqual([referrer]);
    expect(result).toMatchObject({
      root: IMAGE.root.descriptor,
      rootExisted: false,
      mountedBlobs: 18,
      copiedBlobs: 0,
      copiedBytes: 0,
      existingBlobs: 0,
      referrers: [referrer],
      legacyTags: [],
      notes: [],
    });
    for (const { descriptor } of IMAGE.parts) expect(result.present.has(descriptor.digest)).toBe(true);
  });

  test('again it takes at most 5 requests, and writes nothing', async () => {
    const referrer = await attachTo(IMAGE.root.descriptor, 'sbom');
    await copy(IMAGE);
    fake.clearLog();
    const result = await copy(IMAGE);
    expect(counted().length).toBeLessThanOrEqual(5);
    expect(fake.log.every(({ method }) => method === 'GET')).toBe(true);
    expect(result).toMatchObject({ rootExisted: true, referrers: [referrer], mountedBlobs: 0, copiedBlobs: 0 });
  });

  test('a plan tells the same beforehand, and writes nothing', async () => {
    const referrer = await attachTo(IMAGE.root.descriptor, 'sbom');
    fake.clearLog();
    const options = { from: open(FROM), to: open(TO), root: IMAGE.root.descriptor, referrers: 'all', clock } as const;
    const plan = await planCopy(options);
    expect(fake.log.every(({ method }) => method === 'GET' || method === 'HEAD')).toBe(true);
    expect(plan.rootExists).toBe(false);
    expect(plan.blobs.filter(({ action }) => action === 'mount')).toHaveLength(18);
    expect(plan.manifests.filter(({ action }) => action === 'put')).toHaveLength(6);
    expect(plan.referrers).toEqual([{ descriptor: referrer, subject: IMAGE.root.descriptor.digest, action: 'attach' }]);
    await copyImage(options);
    expect(await planCopy(options)).toMatchObject({
      rootExists: true,
      blobs: [],
      manifests: [{ action: 'exists' }],
      referrers: [{ action: 'exists' }],
    });
  });

  test('what is attached to parts, and to what is attached, comes along', async () => {
    const child = IMAGE.parts.find(({ descriptor }) => descriptor.mediaType === MediaType.imageManifest);
    if (child === undefined) throw new Error('no child');
    const ofChild = await attachTo(child.descriptor, 'of a child');
    const sbom = await attachTo(IMAGE.root.descriptor, 'sbom');
    const signature = await attachTo(sbom, 'signature of the sbom');
    const third = await attachTo(signature, 'of the signature');
    const { referrers } = await copy(IMAGE);
    expect(referrers.map(({ digest }) => digest).sort()).toEqual(
      [ofChild, sbom, signature, third].map(({ digest }) => digest).sort(),
    );
    const target = open(TO);
    expect(await target.referrers(child.descriptor.digest)).toEqual([ofChild]);
    expect(await target.referrers(sbom.digest)).toEqual([signature]);
    expect(await target.referrers(signature.digest)).toEqual([third]);
  });

  test("what the target lists stays, and the source's is added", async () => {
    await copy(IMAGE);
    const here = await attachTo(IMAGE.root.descriptor, 'at the target', open(TO));
    const there = await attachTo(IMAGE.root.descriptor, 'at the source');
    await copy(IMAGE);
    const both = [here.digest, there.digest].sort();
    expect((await open(TO).referrers(IMAGE.root.descriptor.digest)).map(({ digest }) => digest)).toEqual(both);
    const index = fake.contents.manifest(TO, referrersTag(IMAGE.root.descriptor.digest));
    expect(
      parseIndex(index ?? new Uint8Array())
        .value.manifests.map(({ digest }) => digest)
        .sort(),
    ).toEqual(both);
  });

  test('a referrer that only its own tag knows is copied and listed; an entry that names another subject is not', async () => {
    const subject = IMAGE.root.descriptor;
    const own = artifact({ type: TYPE, note: 'own tag alone', subject });
    const foreign = artifact({
      type: TYPE,
      note: 'of something else',
      subject: image({ note: 'else' }).root.descriptor,
    });
    await pushImage(open(FROM), own, ownTag(subject.digest, own.root.descriptor.digest));
    const index = indexOf([{ of: foreign }, ...[IMAGE].map((of) => ({ of }))]);
    await pushImage(open(FROM), index, referrersTag(subject.digest));
    const { referrers } = await copy(IMAGE);
    expect(referrers.map(({ digest }) => digest)).toEqual([own.root.descriptor.digest]);
    expect(fake.contents.manifest(TO, foreign.root.descriptor.digest)).toBeUndefined();
    expect((await open(TO).referrers(subject.digest)).map(({ digest }) => digest)).toEqual([
      own.root.descriptor.digest,
    ]);
  });

  test('a broken-off copy is finished by the next, whichever request failed', async () => {
    const referrer = await attachTo(IMAGE.root.descriptor, 'sbom');
    fake.clearLog();
    await copy(IMAGE);
    const requests = fake.log.length;
    for (let nth = 1; nth <= requests; nth += 1) {
      const to = open(`octo-org/run-${nth}`);
      let at = 0;
      fake.fail({ kind: 'answer', status: 418, on: () => (at += 1) === nth });
      await copy(IMAGE, { to }).then(
        () => undefined,
        () => {
          // What can be found is whole.
          if (fake.contents.manifest(to.repository, IMAGE.root.descriptor.digest) !== undefined) {
            expectWhole(IMAGE, to.repository);
          }
        },
      );
      await copy(IMAGE, { to });
      expectWhole(IMAGE, to.repository);
      expect(await to.referrers(IMAGE.root.descriptor.digest)).toEqual([referrer]);
    }
  }, 60_000);

  test('without referrers nothing is asked of them', async () => {
    await attachTo(IMAGE.root.descriptor, 'sbom');
    fake.clearLog();
    expect(await copy(IMAGE, { referrers: 'none' })).toMatchObject({ referrers: [], legacyTags: [] });
    expect(fake.log.some(({ path }) => /referrers|tags\/list/.test(path))).toBe(false);
  });

  test('to the repository where it is already, nothing is written', async () => {
    const referrer = await attachTo(IMAGE.root.descriptor, 'sbom');
    fake.clearLog();
    expect(await copy(IMAGE, { to: open(FROM) })).toMatchObject({ rootExisted: true, referrers: [referrer] });
    expect(fake.log.every(({ method }) => method === 'GET')).toBe(true);
    expect(counted().length).toBeLessThanOrEqual(4);
  });

  test('a target that has the root and lost a part is made whole where that is asked', async () => {
    await copy(IMAGE);
    const [layer] = IMAGE.parts.filter(({ descriptor }) => descriptor.mediaType === LAYER_TYPE);
    const child = IMAGE.parts.find(({ descriptor }) => descriptor.mediaType === MediaType.imageManifest);
    if (layer === undefined || child === undefined) throw new Error('no parts');
    await open(TO).blobs.delete(layer.descriptor.digest);
    await open(TO).manifests.delete({ digest: child.descriptor.digest });
    await copy(IMAGE);
    expect(fake.contents.manifest(TO, child.descriptor.digest)).toBeUndefined();
    await copy(IMAGE, { existing: 'check' });
    expectWhole(IMAGE);
  });
});

describe('with a referrers API', () => {
  test('referrers are found by it, and no index is written at the target', async () => {
    fake = await start();
    await pushImage(open(FROM), IMAGE);
    const referrer = await attachTo(IMAGE.root.descriptor, 'sbom');
    fake.clearLog();
    await copy(IMAGE);
    expect(counted().length).toBeLessThanOrEqual(40);
    expect(layerBytesUp()).toBe(0);
    expect(await open(TO).referrers(IMAGE.root.descriptor.digest)).toEqual([referrer]);
    expect(fake.contents.tags(TO)).toEqual([ownTag(IMAGE.root.descriptor.digest, referrer.digest)]);
  });

  test('an API that is there and says nothing, and tags that cannot be listed, hide no index', async () => {
    fake = await start({ referrers: 'empty' });
    await pushImage(open(FROM), IMAGE);
    const referrer = await attachTo(IMAGE.root.descriptor, 'sbom');
    fake.fail({ kind: 'answer', status: 403, times: Infinity, on: ({ path }) => path.includes('/tags/list') });
    const { referrers, notes } = await copy(IMAGE);
    expect(referrers).toEqual([referrer]);
    expect(notes.map(({ code }) => code)).toEqual(['tags-not-listed']);
    expect(await open(TO).referrers(IMAGE.root.descriptor.digest)).toEqual([referrer]);
  });
});

describe('mounts that are answered with an upload', () => {
  beforeEach(async () => {
    fake = await start({ mounts: 'upload', referrers: 'none' });
    await pushImage(open(FROM), IMAGE);
  });

  test('go on as an upload from the source', async () => {
    fake.clearLog();
    const result = await copy(IMAGE);
    expectWhole(IMAGE);
    expect(result).toMatchObject({ mountedBlobs: 0, copiedBlobs: 16 });
    expect(counted().filter((each) => each.startsWith('POST'))).toHaveLength(16);
  });

  test('send nothing where the target has the blob, and leave no session open', async () => {
    await copy(IMAGE);
    fake.clearLog();
    const result = await copy(IMAGE, { existing: 'check' });
    expect(result).toMatchObject({ copiedBlobs: 0, existingBlobs: 16 });
    expect(layerBytesUp()).toBe(0);
    expect(fake.log.filter(({ method }) => method === 'DELETE')).toHaveLength(16);
  });
});

describe('from one registry to another', () => {
  let far: FakeRegistry;
  beforeEach(async () => {
    fake = await start({ referrers: 'none' });
    far = await start();
    await pushImage(open(FROM), IMAGE);
  });

  test('all comes over, what the other has is not sent again, and its API takes the place of the index', async () => {
    const referrer = await attachTo(IMAGE.root.descriptor, 'sbom');
    const to = open(TO, far);
    const first = await copy(IMAGE, { to });
    expectWhole(IMAGE, TO, far);
    expect(first).toMatchObject({ copiedBlobs: 18, existingBlobs: 0, mountedBlobs: 0 });
    expect(await to.referrers(IMAGE.root.descriptor.digest)).toEqual([referrer]);
    expect(far.contents.tags(TO)).toEqual([ownTag(IMAGE.root.descriptor.digest, referrer.digest)]);
    far.clearLog();
    await copy(IMAGE, { to, existing: 'check' });
    expect(layerBytesUp(far)).toBe(0);
  });

  test('a layer that the source spoils is refused, and the root does not appear', async () => {
    const [layer] = IMAGE.parts.filter(({ descriptor }) => descriptor.mediaType === LAYER_TYPE);
    if (layer === undefined) throw new Error('no layer');
    fake.contents.spoil(FROM, layer.descriptor.digest, Buffer.alloc(layer.bytes.byteLength));
    await expect(copy(IMAGE, { to: open(TO, far) })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(far.contents.manifest(TO, IMAGE.root.descriptor.digest)).toBeUndefined();
  });

  test('an abort ends it with its reason', async () => {
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error('enough'));
    await expect(copy(IMAGE, { to: open(TO, far), signal: abort.signal, onProgress })).rejects.toThrow('enough');
    expect(far.contents.manifest(TO, IMAGE.root.descriptor.digest)).toBeUndefined();
  });
});

describe('any kind of image', () => {
  beforeEach(async () => {
    fake = await start({ referrers: 'none' });
  });
  const single = image({ note: 'single' });
  const nested = indexOf([{ of: indexOf([{ of: single, platform: AMD64 }]) }, attestationEntry(single)]);
  const docker = image({ note: 'docker', format: 'docker' });
  const list = indexOf([{ of: docker, platform: AMD64 }], { format: 'docker' });
  test.each([
    ['a single manifest', single],
    ['a nested index', nested],
    ["a manifest of Docker's schema 2", docker],
    ["a manifest list of Docker's", list],
    ['an artifact', artifact({ type: TYPE, note: 'thing' })],
    ['100 layers', image({ note: 'many', layers: 100 })],
    ['an index over an image and an artifact', indexOf([{ of: single }, { of: artifact({ type: TYPE, note: 'x' }) }])],
    ['an index of nothing', indexOf([])],
  ])('%s is copied byte for byte', async (_, of) => {
    await pushImage(open(FROM), of);
    const result = await copy(of);
    expectWhole(of);
    const { mediaType, digest, size } = of.root.descriptor;
    expect(result.root).toEqual({ mediaType, digest, size });
    expect(fake.contents.tags(TO)).toEqual([]);
  });

  test('an index that names the same parts over and over is read once, each part of it', async () => {
    const lair = Array.from({ length: 20 }).reduce<FixtureImage>((of) => indexOf([{ of }, { of }]), single);
    await pushImage(open(FROM), lair);
    fake.clearLog();
    await copy(lair);
    await copy(lair);
    expectWhole(lair);
    expect(fake.log.length).toBeLessThan(200);
    const plan = await planCopy({
      from: open(FROM),
      to: open('else/where'),
      root: lair.root.descriptor,
      referrers: 'all',
      clock,
    });
    expect(plan.manifests).toHaveLength(21);
  });

  test('a foreign layer that nobody here has is left where it is, and that is said', async () => {
    fake.setQuirks({ references: 'missing-allowed' });
    const layer: Descriptor = {
      ...descriptorOf('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', Buffer.from('elsewhere')),
      urls: ['https://example.com/layer'],
    };
    const of = image({ note: 'windows', format: 'docker', foreign: [layer] });
    await pushImage(open(FROM), of);
    const { notes, present } = await copy(of);
    expect(notes).toEqual([
      { code: 'foreign-layer', subject: layer.digest, message: expect.stringContaining('https://example.com/layer') },
    ]);
    expect(present.has(layer.digest)).toBe(false);
    const plan = await planCopy({
      from: open(FROM),
      to: open('else/where'),
      root: of.root.descriptor,
      referrers: 'all',
      clock,
    });
    expect(plan.blobs).toContainEqual({ descriptor: layer, action: 'foreign' });
  });

  test('a foreign layer that the source has is copied as any other', async () => {
    const bytes = Buffer.from('kept after all');
    const type = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    const layer = { ...descriptorOf(type, bytes), urls: ['https://example.com/layer'] };
    await open(FROM).blobs.push(layer, bytes);
    const of = image({ note: 'kept', foreign: [layer] });
    await pushImage(open(FROM), of);
    expect(await copy(of)).toMatchObject({ notes: [], mountedBlobs: 4 });
    expect(fake.contents.blob(TO, layer.digest)).toEqual(bytes);
  });

  test('an image that is not there is MANIFEST_UNKNOWN, a child that is not there too', async () => {
    await expect(copy(single)).rejects.toMatchObject({
      code: 'MANIFEST_UNKNOWN',
      message: expect.stringContaining(FROM),
    });
    fake.setQuirks({ references: 'missing-allowed' });
    await open(FROM).manifests.put(list.root.descriptor, list.root.bytes);
    await expect(copy(list)).rejects.toMatchObject({
      code: 'MANIFEST_UNKNOWN',
      message: expect.stringContaining(docker.root.descriptor.digest),
    });
    expect(fake.contents.manifest(TO, list.root.descriptor.digest)).toBeUndefined();
  });

  test('a layer that is not there is BLOB_UNKNOWN', async () => {
    await pushImage(open(FROM), single);
    const [, layer] = single.parts;
    await open(FROM).blobs.delete(layer?.descriptor.digest ?? single.root.descriptor.digest);
    await expect(copy(single)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
  });

  test.each([
    [
      'another algorithm',
      { mediaType: LAYER_TYPE, digest: `sha512:${'a'.repeat(128)}`, size: 1 },
      'DIGEST_UNSUPPORTED',
    ],
    ['a digest that is none', { mediaType: LAYER_TYPE, digest: 'sha256:abc', size: 1 }, 'MANIFEST_INVALID'],
  ])('a layer with %s is refused with a clear word', async (_, layer, code) => {
    fake.setQuirks({ references: 'missing-allowed' });
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${'0'.repeat(64)}`,
      size: 2,
    };
    const raw = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MediaType.imageManifest, config, layers: [layer] }),
    );
    const root = { descriptor: descriptorOf(MediaType.imageManifest, raw), bytes: raw };
    await open(FROM).manifests.put(root.descriptor, raw);
    await expect(copy({ root })).rejects.toMatchObject({ code, message: expect.stringContaining(layer.digest) });
  });

  test('an index that names something which is no manifest is refused with a clear word', async () => {
    fake.setQuirks({ references: 'missing-allowed' });
    const entry = {
      mediaType: 'application/vnd.oci.artifact.manifest.v1+json',
      digest: `sha256:${'0'.repeat(64)}`,
      size: 2,
    };
    const raw = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MediaType.imageIndex, manifests: [entry] }));
    const root = { descriptor: descriptorOf(MediaType.imageIndex, raw), bytes: raw };
    await open(FROM).manifests.put(root.descriptor, raw);
    await expect(copy({ root })).rejects.toMatchObject({ code: 'MANIFEST_UNSUPPORTED', kind: 'user' });
  });

  test('no more requests are under way at once than is allowed', async () => {
    await pushImage(open(FROM), IMAGE);
    let running = 0;
    let most = 0;
    const watched = {
      ...http,
      request: async (asked: Parameters<Http['request']>[0]) => {
        running += 1;
        most = Math.max(most, running);
        try {
          return await http.request(asked);
        } finally {
          running -= 1;
        }
      },
    };
    const registry = (repository: string) =>
      createRegistry({ host: fake.host, repository, http: watched, access: 'push', clock });
    await copy(IMAGE, { from: registry(FROM), to: registry(TO), concurrency: 3, referrers: 'none' });
    expect(most).toBe(3);
  });
});
