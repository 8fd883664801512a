import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  artifact,
  attestationEntry,
  buildKitIndex,
  type FixtureImage,
  image,
  indexOf,
  LAYER_TYPE,
  type Part,
  pushImage,
} from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { createHttp, type Http } from '../http/index.ts';
import {
  type Descriptor,
  describe as descriptorOf,
  digestOf,
  encodeManifest,
  isManifestType,
  MediaType,
} from '../oci/index.ts';
import { copyImage, createRegistry, type Registry, withManifestMemory } from '../registry/index.ts';
import { type LayerCheck, verifyDigest } from './index.ts';

const REPOSITORY = 'octo-org/app';
const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };
const IMAGE = buildKitIndex({ note: 'app', platforms: [AMD64, ARM64] });
const [IMAGE_CONFIG, FIRST_LAYER] = IMAGE.parts;
const CHILDREN = IMAGE.parts.filter(({ descriptor }) => descriptor.mediaType === MediaType.imageManifest);
const SINGLE = image({ note: 'single', platform: { os: 'linux', architecture: 'arm', variant: 'v6' } });

let http: Http;
let fake: FakeRegistry;
const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };

beforeEach(async () => {
  http = createHttp();
  fake = await startFakeRegistry({ quirks: { references: 'missing-allowed' } });
  await pushImage(open(), IMAGE);
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

function open(repository = REPOSITORY): Registry {
  return createRegistry({ host: fake.host, repository, http, access: 'push', clock });
}

function verify(
  of: Pick<FixtureImage, 'root'> = IMAGE,
  layers: LayerCheck = 'exist',
  platforms: readonly string[] = [],
) {
  return verifyDigest({ registry: open(), digest: of.root.descriptor.digest, layers, platforms });
}

function part(of: Part | undefined): Part {
  if (of === undefined) throw new Error('no such part');
  return of;
}

/** The first byte is another. */
function flipped({ bytes }: Part): Buffer {
  const changed = Buffer.from(bytes);
  changed[0] = (changed[0] ?? 0) ^ 1;
  return changed;
}

function raw(mediaType: string, value: unknown): Pick<FixtureImage, 'root'> {
  const bytes = Buffer.from(JSON.stringify(value));
  return { root: { descriptor: descriptorOf(mediaType, bytes), bytes } };
}

describe('an image that is whole', () => {
  test.each(['manifest', 'exist', 'rehash'] as const)('has no findings by %s', async (layers) => {
    expect(await verify(IMAGE, layers, ['linux/amd64', 'linux/arm64', 'linux/arm64/v8'])).toMatchObject({
      digest: IMAGE.root.descriptor.digest,
      verified: 'integrity',
      mediaType: MediaType.imageIndex,
      platforms: ['linux/amd64', 'linux/arm64/v8'],
      findings: [],
      manifests: 5,
      layers: layers === 'manifest' ? 0 : 10,
    });
  });

  test('by manifest no blob is asked for; by exist configs of images are read and the rest is asked for', async () => {
    fake.clearLog();
    await verify(IMAGE, 'manifest');
    expect(fake.log.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
    fake.clearLog();
    await verify(IMAGE, 'exist');
    const asked = fake.log
      .filter(({ path }) => path.includes('/blobs/'))
      .map(({ method }) => method)
      .sort();
    expect(asked.join(' ')).toBe(`GET GET${' HEAD'.repeat(8)}`);
  });

  test('by rehash every byte is read', async () => {
    const { bytes } = await verify(IMAGE, 'rehash');
    expect(bytes).toBe(IMAGE.parts.reduce((sum, each) => sum + each.bytes.byteLength, 0));
  });

  test('nothing is asked of what a copy has just brought over', async () => {
    const to = withManifestMemory(open('octo-org/copy'));
    const { present } = await copyImage({ from: open(), to, root: IMAGE.root.descriptor, referrers: 'none', clock });
    fake.clearLog();
    const { digest } = IMAGE.root.descriptor;
    expect(await verifyDigest({ registry: to, digest, layers: 'exist', present })).toMatchObject({
      verified: 'integrity',
    });
    expect(fake.log).toEqual([]);
  });

  test.each([
    ['a single manifest, whose config tells the platform', SINGLE, ['linux/arm/v6']],
    ["one of Docker's schema 2", image({ note: 'd', format: 'docker' }), ['linux/amd64']],
    [
      "a manifest list of Docker's",
      indexOf([{ of: image({ note: 'l', format: 'docker' }), platform: AMD64 }], { format: 'docker' }),
      ['linux/amd64'],
    ],
    ['a nested index', indexOf([{ of: indexOf([{ of: SINGLE, platform: ARM64 }]) }]), ['linux/arm64/v8']],
    ['an entry without a platform', indexOf([{ of: SINGLE }]), ['linux/arm/v6']],
    ['an artifact', artifact({ type: 'a/b', note: 'thing' }), []],
    ['an index of nothing', indexOf([]), []],
  ])('%s', async (name, of, platforms) => {
    await pushImage(open(), of);
    const { findings, ...rest } = await verify(of);
    expect(rest).toMatchObject({ platforms });
    // The nested one lies about its platform: arm/v6 is said to be arm64.
    expect(findings.map(({ code }) => code)).toEqual(name === 'a nested index' ? ['platform-mismatch'] : []);
  });
});

describe('what is wrong is found', () => {
  const layer = part(FIRST_LAYER);
  const config = part(IMAGE_CONFIG);
  const child = part(CHILDREN[0]);
  const { digest: root } = IMAGE.root.descriptor;

  test.each([
    ['the root is missing', () => open().manifests.delete({ digest: root }), 'manifest-missing', root],
    [
      'a child is missing',
      () => open().manifests.delete({ digest: child.descriptor.digest }),
      'manifest-missing',
      child.descriptor.digest,
    ],
    [
      'a layer is missing',
      () => open().blobs.delete(layer.descriptor.digest),
      'layer-missing',
      layer.descriptor.digest,
    ],
    [
      'a config is missing',
      () => open().blobs.delete(config.descriptor.digest),
      'config-missing',
      config.descriptor.digest,
    ],
    [
      'a manifest was changed',
      () => fake.contents.spoil(REPOSITORY, child.descriptor.digest, CHILDREN[1]?.bytes ?? child.bytes),
      'manifest-mismatch',
      child.descriptor.digest,
    ],
    [
      'a config was changed',
      () => fake.contents.spoil(REPOSITORY, config.descriptor.digest, flipped(config)),
      'config-mismatch',
      config.descriptor.digest,
    ],
    [
      'a layer is another, of another size',
      () => fake.contents.spoil(REPOSITORY, layer.descriptor.digest, Buffer.from('swapped')),
      'layer-size-mismatch',
      layer.descriptor.digest,
    ],
  ])('%s', async (_, tamper, code, subject) => {
    await Promise.resolve(tamper());
    for (const layers of ['exist', 'rehash'] as const) {
      const { verified, findings } = await verify(IMAGE, layers);
      expect(verified).toBe('false');
      expect(findings).toEqual([expect.objectContaining({ code, subject, level: 'error', hint: expect.any(String) })]);
    }
  });

  test('a layer of the same size with another byte only by rehash, with what was expected and found', async () => {
    const other = flipped(layer);
    fake.contents.spoil(REPOSITORY, layer.descriptor.digest, other);
    expect((await verify(IMAGE, 'exist')).findings).toEqual([]);
    expect((await verify(IMAGE, 'rehash')).findings).toEqual([
      expect.objectContaining({
        code: 'layer-mismatch',
        subject: layer.descriptor.digest,
        expected: layer.descriptor.digest,
        found: digestOf(other),
        message: expect.stringContaining('layer 1 of linux/amd64'),
      }),
    ]);
  });

  test('all of it at once, errors first, in the order of the image', async () => {
    const second = part(CHILDREN[1]);
    await open().manifests.delete({ digest: second.descriptor.digest });
    await open().blobs.delete(layer.descriptor.digest);
    fake.contents.spoil(REPOSITORY, config.descriptor.digest, flipped(config));
    const { findings } = await verify(IMAGE, 'rehash', ['windows/amd64']);
    expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      `manifest-missing ${second.descriptor.digest}`,
      `config-mismatch ${config.descriptor.digest}`,
      `layer-missing ${layer.descriptor.digest}`,
      'platform-missing windows/amd64',
    ]);
  });

  test('a platform that is wanted and not there, with those that are', async () => {
    const { findings } = await verify(IMAGE, 'manifest', ['linux/arm64', 'linux/arm/v7']);
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'platform-missing',
        subject: 'linux/arm/v7',
        found: 'linux/amd64, linux/arm64/v8',
      }),
    ]);
  });

  test('a wanted platform of a single manifest is looked for in its config, also by manifest', async () => {
    await pushImage(open(), SINGLE);
    expect((await verify(SINGLE, 'manifest', ['linux/arm'])).findings).toEqual([]);
    expect((await verify(SINGLE, 'manifest', ['linux/arm/v7'])).findings).toHaveLength(1);
  });

  test('an attestation never counts as a platform, even where one of that name is wanted', async () => {
    const { findings } = await verify(IMAGE, 'exist', ['unknown/unknown']);
    expect(findings.map(({ code }) => code)).toEqual(['platform-missing']);
  });

  test('an attestation of what the index does not hold', async () => {
    const other = image({ note: 'elsewhere' });
    const of = indexOf([{ of: SINGLE, platform: AMD64 }, attestationEntry(other)]);
    await pushImage(open(), of);
    const { findings } = await verify(of, 'manifest');
    expect(findings).toEqual([
      expect.objectContaining({ code: 'attestation-reference-missing', found: other.root.descriptor.digest }),
    ]);
  });

  test('an attestation by its annotation that names a platform counts as an image, because it would be run', async () => {
    const { of, annotations } = attestationEntry(SINGLE);
    const index = indexOf([
      { of: SINGLE, platform: ARM64 },
      { of, annotations, platform: AMD64 },
    ]);
    await pushImage(open(), index);
    expect((await verify(index, 'manifest')).platforms).toEqual(['linux/amd64', 'linux/arm64/v8']);
  });

  test('a config that tells another platform than the index', async () => {
    const of = indexOf([{ of: SINGLE, platform: AMD64 }]);
    await pushImage(open(), of);
    expect((await verify(of)).findings).toEqual([
      expect.objectContaining({ code: 'platform-mismatch', expected: 'linux/amd64', found: 'linux/arm/v6' }),
    ]);
  });

  test('an index that says another size or type of a child', async () => {
    await pushImage(open(), SINGLE);
    const { digest, size } = SINGLE.root.descriptor;
    const { descriptor, raw: bytes } = encodeManifest({
      schemaVersion: 2,
      mediaType: MediaType.imageIndex,
      manifests: [{ mediaType: MediaType.imageIndex, digest, size: size + 1 }],
    });
    await open().manifests.put(descriptor, bytes);
    const { findings } = await verify({ root: { descriptor, bytes } });
    expect(findings.map(({ code }) => code)).toEqual(['manifest-size-mismatch', 'media-type-mismatch']);
  });

  const CONFIG: Descriptor = config.descriptor;
  test.each([
    [
      'an index and an image at once',
      MediaType.imageIndex,
      { manifests: [], layers: [], config: CONFIG },
      'manifest-invalid',
    ],
    ['no layers', MediaType.imageManifest, { config: CONFIG }, 'manifest-invalid'],
    [
      'another algorithm',
      MediaType.imageManifest,
      { config: CONFIG, layers: [{ mediaType: LAYER_TYPE, size: 1, digest: `sha512:${'a'.repeat(128)}` }] },
      'digest-unsupported',
    ],
    ['a child that is no manifest', MediaType.imageIndex, { manifests: [{ ...CONFIG }] }, 'manifest-unsupported'],
  ])('a manifest with %s', async (_, mediaType, fields, code) => {
    const of = raw(mediaType, { schemaVersion: 2, mediaType, ...fields });
    fake.fail({
      kind: 'answer',
      status: 200,
      body: Buffer.from(of.root.bytes).toString(),
      headers: { 'content-type': mediaType },
    });
    expect((await verify(of)).findings.map((each) => each.code)).toEqual([code]);
  });

  test('a config that is not JSON', async () => {
    const bytes = Buffer.from('no JSON');
    const bad = descriptorOf(MediaType.imageConfig, bytes);
    await open().blobs.push(bad, bytes);
    const of = raw(MediaType.imageManifest, {
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      config: bad,
      layers: [],
    });
    await open().manifests.put(of.root.descriptor, of.root.bytes);
    expect((await verify(of)).findings).toEqual([
      expect.objectContaining({ code: 'config-invalid', subject: bad.digest }),
    ]);
  });

  test('a foreign layer that is elsewhere is a note, and the image is verified', async () => {
    const layerElsewhere = {
      ...descriptorOf('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', Buffer.from('elsewhere')),
      urls: ['https://example.com/layer'],
    };
    const of = image({ note: 'windows', format: 'docker', foreign: [layerElsewhere] });
    await pushImage(open(), of);
    for (const layers of ['exist', 'rehash'] as const) {
      const { verified, findings } = await verify(of, layers);
      expect(verified).toBe('integrity');
      expect(findings).toEqual([
        expect.objectContaining({
          code: 'foreign-layer',
          level: 'note',
          message: expect.stringContaining('example.com'),
        }),
      ]);
    }
  });

  test('a digest that a ledger names and that is gone is lost', async () => {
    await open().manifests.delete({ digest: root });
    const { verified, findings, mediaType } = await verifyDigest({
      registry: open(),
      digest: root,
      layers: 'exist',
      recorded: true,
    });
    expect([verified, mediaType]).toEqual(['false', '']);
    expect(findings).toEqual([expect.objectContaining({ code: 'lost', subject: root, expected: root })]);
  });
});

describe('what keeps the registry from answering is an error, and no finding', () => {
  test.each([
    ['a rate limit', { kind: 'answer', status: 429 }, 'RATE_LIMITED'],
    ['a server error', { kind: 'answer', status: 503 }, 'SERVER_ERROR'],
    ['a denial', { kind: 'answer', status: 403 }, 'STORE_DENIED'],
  ] as const)('%s', async (_, fault, code) => {
    fake.fail({ ...fault, times: Infinity, on: ({ path }) => path.includes('/blobs/') });
    await expect(verify()).rejects.toMatchObject({ code });
  });

  test('an abort', async () => {
    const { digest } = IMAGE.root.descriptor;
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(verifyDigest({ registry: open(), digest, layers: 'exist', signal })).rejects.toThrow('enough');
  });

  test('a platform that is none is a wrong input', async () => {
    await expect(verify(IMAGE, 'exist', ['linux'])).rejects.toMatchObject({ code: 'PLATFORM_INVALID', kind: 'user' });
  });
});

test('every part of an image is either a manifest or a blob that is looked at', async () => {
  const { manifests, layers } = await verify();
  expect(manifests + layers).toBe(new Set(IMAGE.parts.map(({ descriptor }) => descriptor.digest)).size);
  expect(IMAGE.parts.filter(({ descriptor }) => isManifestType(descriptor.mediaType))).toHaveLength(manifests);
});
