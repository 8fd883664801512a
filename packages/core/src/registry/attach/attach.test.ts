import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { artifact, image, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, type Quirks, startFakeRegistry } from '@waybill/testing/registry';
import { pieces } from '@waybill/testing/store-suite';
import { createHttp, type Http } from '../../http/index.ts';
import { describe as descriptorOf, encodeManifest, MediaType, parseIndex } from '../../oci/index.ts';
import { attach, createRegistry, encodeReferrer, ownTag, type Registry, referrersTag } from '../index.ts';

const REPOSITORY = 'octo-org/app';
const SUBJECT = image({ note: 'subject' });
const { descriptor: subject } = SUBJECT.root;
const TYPE = 'application/vnd.test.sbom';

let fake: FakeRegistry;
let http: Http;
const waits: number[] = [];
const clock = {
  now: () => 0,
  random: () => 0.5,
  sleep: async (ms: number) => {
    waits.push(ms);
    await new Promise((resolve) => setImmediate(resolve));
  },
};

beforeEach(() => {
  http = createHttp();
  waits.length = 0;
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

async function open(quirks: Partial<Quirks> = {}): Promise<Registry> {
  fake = await startFakeRegistry({ quirks });
  const registry = again();
  await pushImage(registry, SUBJECT);
  return registry;
}

function again(): Registry {
  return createRegistry({ host: fake.host, repository: REPOSITORY, http, access: 'push', clock });
}

function attachNote(registry: Registry, note: string, of = subject) {
  const annotations = { 'org.example.note': note };
  const layers = [{ mediaType: TYPE, bytes: Buffer.from(note) }];
  return attach({ registry, subject: of, artifactType: TYPE, layers, annotations, clock });
}

function fallbackIndex(of = subject) {
  const raw = fake.contents.manifest(REPOSITORY, referrersTag(of.digest));
  return raw === undefined ? undefined : parseIndex(raw).value.manifests;
}

describe('where the API lists referrers', () => {
  test('it stands under its own tag, and no index is written', async () => {
    const registry = await open();
    const referrer = await attachNote(registry, 'ünïcode');
    expect(fake.contents.tags(REPOSITORY)).toEqual([ownTag(subject.digest, referrer.digest)]);
    expect(await registry.referrers(subject.digest)).toEqual([referrer]);
    expect(referrer).toMatchObject({ artifactType: TYPE, annotations: { 'org.example.note': 'ünïcode' } });
    expect(waits).toEqual([]);
  });

  test('what is attached has the empty config, the bare subject, and the empty layer where it has none', async () => {
    const registry = await open();
    const annotated = { ...subject, annotations: { not: 'copied' } };
    const referrer = await attach({ registry, subject: annotated, artifactType: TYPE, layers: [], clock });
    const raw = fake.contents.manifest(REPOSITORY, referrer.digest);
    const empty = { mediaType: MediaType.emptyJson, digest: expect.stringMatching(/^sha256:44136fa3/), size: 2 };
    expect(JSON.parse(Buffer.from(raw ?? []).toString())).toEqual({
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      artifactType: TYPE,
      config: empty,
      layers: [empty],
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    });
  });

  test('its manifest is known before anything is sent', async () => {
    const registry = await open();
    const of = {
      subject,
      artifactType: TYPE,
      layers: [{ mediaType: TYPE, bytes: Buffer.from('x') }],
      annotations: { a: 'b' },
    };
    const { raw, referrer } = encodeReferrer(of);
    expect(await attach({ registry, ...of, clock })).toEqual(referrer);
    expect(fake.contents.manifest(REPOSITORY, referrer.digest)).toEqual(Buffer.from(raw));
  });

  test('a layer may be a stream; bytes that are not its own are refused, and nothing is attached', async () => {
    const registry = await open();
    const bytes = Buffer.from('streamed');
    const layer = { descriptor: descriptorOf(TYPE, bytes), open: () => pieces(bytes) };
    await attach({ registry, subject, artifactType: TYPE, layers: [layer], clock });
    const wrong = { ...layer, descriptor: descriptorOf(TYPE, Buffer.from('another!')) };
    await expect(
      attach({ registry, subject, artifactType: 'other/type', layers: [wrong], clock }),
    ).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    expect(await registry.referrers(subject.digest)).toHaveLength(1);
  });
});

describe.each(['none', 'empty'] as const)('where the API is %s', (referrers) => {
  test('the index under the tag of the subject shows type and annotations, and is read again', async () => {
    const registry = await open({ referrers });
    const referrer = await attachNote(registry, 'one');
    expect(fallbackIndex()).toEqual([referrer]);
    expect(fake.contents.tags(REPOSITORY)).toEqual([
      referrersTag(subject.digest),
      ownTag(subject.digest, referrer.digest),
    ]);
    expect(waits).toEqual([400]);
    expect(await registry.referrers(subject.digest)).toEqual([referrer]);
  });

  test('attached twice it is listed once, and nothing is waited for', async () => {
    const registry = await open({ referrers });
    const first = await attachNote(registry, 'one');
    waits.length = 0;
    expect(await attachNote(registry, 'one')).toEqual(first);
    expect(fallbackIndex()).toEqual([first]);
    expect(waits).toEqual([]);
  });

  test('8 at once are all listed', async () => {
    await open({ referrers });
    const notes = Array.from({ length: 8 }, (_, i) => `note ${i}`);
    const attached = await Promise.all(notes.map((note) => attachNote(again(), note)));
    const digests = attached.map(({ digest }) => digest).sort();
    expect(
      fallbackIndex()
        ?.map(({ digest }) => digest)
        .sort(),
    ).toEqual(digests);
    expect((await again().referrers(subject.digest)).map(({ digest }) => digest)).toEqual(digests);
  });

  test('a writer that was held up overwrites the index of another, and makes it whole again', async () => {
    const registry = await open({ referrers });
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let holds = 0;
    const slow: Registry = {
      ...registry,
      manifests: {
        ...registry.manifests,
        put: async (descriptor, raw, options) => {
          if (options?.tag === referrersTag(subject.digest) && (holds += 1) === 1) await held;
          return registry.manifests.put(descriptor, raw, options);
        },
      },
    };
    const late = attachNote(slow, 'late');
    while (holds === 0) await new Promise((resolve) => setImmediate(resolve));
    // What the held one will write was read before this.
    const early = await attachNote(again(), 'early');
    letGo();
    const both = [early.digest, (await late).digest].sort();
    expect(holds).toBe(2);
    expect(
      fallbackIndex()
        ?.map(({ digest }) => digest)
        .sort(),
    ).toEqual(both);
  });
});

describe('the index of referrers', () => {
  test('keeps entries and fields of others as they are, also what is not understood', async () => {
    const registry = await open({ referrers: 'none' });
    const other = { mediaType: 'x/y', digest: `sha512:${'a'.repeat(128)}`, size: 1, custom: { deep: [1] } };
    const index = { schemaVersion: 2, mediaType: MediaType.imageIndex, manifests: [other], annotations: { a: 'b' } };
    fake.setQuirks({ references: 'missing-allowed' });
    const raw = Buffer.from(JSON.stringify(index));
    await registry.manifests.put(descriptorOf(MediaType.imageIndex, raw), raw, { tag: referrersTag(subject.digest) });
    const referrer = await attachNote(registry, 'one');
    const written = fake.contents.manifest(REPOSITORY, referrersTag(subject.digest));
    expect(JSON.parse(Buffer.from(written ?? []).toString())).toEqual({ ...index, manifests: [other, referrer] });
    expect(await registry.referrers(subject.digest)).toEqual([referrer]);
  });

  test('begins anew where the subject itself stands under its tag', async () => {
    const registry = await open({ referrers: 'none' });
    fake.contents.tag(REPOSITORY, referrersTag(subject.digest), subject.digest);
    const referrer = await attachNote(registry, 'one');
    expect(fallbackIndex()).toEqual([referrer]);
  });

  test('is not written over something else: the error says so, and the own tag still finds it', async () => {
    const registry = await open({ referrers: 'none' });
    const other = image({ note: 'something else' });
    await pushImage(registry, other, referrersTag(subject.digest));
    await expect(attachNote(registry, 'one')).rejects.toMatchObject({
      code: 'REFERRERS_TAG_TAKEN',
      message: expect.stringContaining(other.root.descriptor.digest),
    });
    expect(await registry.referrers(subject.digest)).toHaveLength(1);
  });

  test('that others overwrite for ever is given up, and says where it stands', async () => {
    const registry = await open({ referrers: 'none' });
    const empty = encodeManifest({ schemaVersion: 2, mediaType: MediaType.imageIndex, manifests: [] });
    await registry.manifests.put(empty.descriptor, empty.raw, { tag: referrersTag(subject.digest) });
    const spoilt: Registry = {
      ...registry,
      manifests: {
        ...registry.manifests,
        put: async (descriptor, raw, options) => {
          const answer = await registry.manifests.put(descriptor, raw, options);
          fake.contents.tag(REPOSITORY, referrersTag(subject.digest), empty.descriptor.digest);
          return answer;
        },
      },
    };
    await expect(attachNote(spoilt, 'one')).rejects.toMatchObject({ code: 'REFERRERS_NOT_LISTED' });
    expect(await registry.referrers(subject.digest)).toHaveLength(1);
  });

  test('is written where the registry lists no tags', async () => {
    const registry = await open({ referrers: 'none' });
    fake.fail({ kind: 'answer', status: 403, times: Infinity, on: ({ path }) => path.includes('/tags/list') });
    const referrer = await attachNote(registry, 'one');
    expect(await registry.referrers(subject.digest)).toEqual([referrer]);
  });
});

describe('own tags', () => {
  test('a referrer is found by its own tag alone, where its own subject is the one', async () => {
    const registry = await open({ referrers: 'none' });
    const right = artifact({ type: TYPE, note: 'right', subject });
    const wrong = artifact({ type: TYPE, note: 'wrong', subject: image({ note: 'other' }).root.descriptor });
    for (const each of [right, wrong])
      await pushImage(registry, each, ownTag(subject.digest, each.root.descriptor.digest));
    expect(await registry.referrers(subject.digest)).toEqual([{ ...right.root.descriptor, artifactType: TYPE }]);
  });

  test('what stands under one and is in no index is merged by the next that attaches', async () => {
    const registry = await open({ referrers: 'none' });
    const lost = artifact({ type: TYPE, note: 'lost', subject });
    await pushImage(registry, lost, ownTag(subject.digest, lost.root.descriptor.digest));
    const referrer = await attachNote(registry, 'one');
    expect(
      fallbackIndex()
        ?.map(({ digest }) => digest)
        .sort(),
    ).toEqual([referrer.digest, lost.root.descriptor.digest].sort());
  });
});
