import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchAll } from '@waybill/core/content';
import { createHttp } from '@waybill/core/http';
import { type Descriptor, digestOf, EMPTY_DESCRIPTOR, EMPTY_JSON, encodeManifest, MediaType } from '@waybill/core/oci';
import {
  attach,
  copyImage,
  createRegistry,
  ownTag,
  type Registry,
  referrersTag,
  registryStore,
} from '@waybill/core/registry';
import { blob, collect, pieces } from '../store-suite/index.ts';

/** A running registry, plain http on loopback, without authentication. */
export interface RegistryUnderTest {
  readonly host: string;
  stop(): Promise<void>;
}

/** Where registries differ, so that the suite expects what each can do. */
export interface RegistryTraits {
  /** Whether the tags of a manifest go when it is deleted by its digest. Default true. */
  readonly tagsGoWithManifest?: boolean;
  /** Whether a blob that one repository has is not seen in another before it is pushed there. Default true. */
  readonly blobsByRepository?: boolean;
}

/** What the client does with any registry, as one suite for all: the fake, and real ones. */
export function describeRegistry(
  name: string,
  start: () => Promise<RegistryUnderTest>,
  { tagsGoWithManifest = true, blobsByRepository = true }: RegistryTraits = {},
): void {
  describe(name, () => {
    let under: RegistryUnderTest;
    let repositories = 0;
    const http = createHttp();
    beforeAll(async () => {
      under = await start();
    });
    afterAll(async () => {
      http.close();
      await under.stop();
    });
    const clock = { now: () => 0, sleep: async () => undefined, random: () => 0 };
    const open = (repository = `suite/run-${(repositories += 1)}`): Registry =>
      createRegistry({ host: under.host, repository, http, access: 'push', clock });

    const artifact = (of: { readonly subject?: Descriptor; readonly note: string }) =>
      encodeManifest({
        schemaVersion: 2,
        mediaType: MediaType.imageManifest,
        artifactType: 'application/vnd.test.thing',
        config: EMPTY_DESCRIPTOR,
        layers: [EMPTY_DESCRIPTOR],
        ...(of.subject === undefined ? {} : { subject: of.subject }),
        annotations: { note: of.note },
      });
    const put = async (registry: Registry, manifest: ReturnType<typeof artifact>, tag?: string) => {
      await registry.blobs.push(EMPTY_DESCRIPTOR, EMPTY_JSON);
      await registry.manifests.put(manifest.descriptor, manifest.raw, tag === undefined ? {} : { tag });
    };

    test('a blob of several megabytes goes up in pieces and comes back, whole and in part', async () => {
      const { blobs } = open();
      const { bytes, descriptor } = blob(Buffer.from(Array.from({ length: 5_000_000 }, (_, i) => (i * 7) % 251)));
      expect(await blobs.head(descriptor.digest)).toBeUndefined();
      await blobs.push(descriptor, () => pieces(bytes.subarray(0, 3_000_000), bytes.subarray(3_000_000)));
      expect(await blobs.head(descriptor.digest)).toBe(bytes.byteLength);
      expect((await fetchAll({ fetch: blobs.fetch }, descriptor)).equals(bytes)).toBe(true);
      const part = await collect(await blobs.fetch(descriptor, { range: { start: 1_000_000, length: 70_000 } }));
      expect(part.equals(bytes.subarray(1_000_000, 1_070_000))).toBe(true);
    });

    test('an upload is tried without a trace, and one after it goes up as ever', async () => {
      const registry = open();
      await registry.blobs.tryUpload();
      expect(await allTags(registry)).toEqual([]);
      const { bytes, descriptor } = blob('after the trial');
      await registry.blobs.push(descriptor, bytes);
      expect(await registry.blobs.head(descriptor.digest)).toBe(bytes.byteLength);
    });

    test('a blob is mounted from another repository, or the session that comes instead takes it', async () => {
      const [source, target] = [open(), open()];
      const { bytes, descriptor } = blob('to be mounted');
      await source.blobs.push(descriptor, bytes);
      const result = await target.blobs.mount(descriptor.digest, source.repository);
      if (!result.mounted && result.session !== undefined) {
        await target.blobs.push(descriptor, bytes, { session: result.session });
      }
      expect(await target.blobs.head(descriptor.digest)).toBe(bytes.byteLength);
    });

    test('a blob that the source does not have is not mounted, and goes into the session', async () => {
      const [source, target] = [open(), open()];
      await source.blobs.push(EMPTY_DESCRIPTOR, EMPTY_JSON);
      const { bytes, descriptor } = blob('not there');
      const result = await target.blobs.mount(descriptor.digest, source.repository);
      if (result.mounted || result.session === undefined) throw new Error('expected a session');
      await target.blobs.push(descriptor, bytes, { session: result.session });
      expect((await fetchAll({ fetch: target.blobs.fetch }, descriptor)).equals(bytes)).toBe(true);
    });

    test('a manifest is found by tag and by digest, byte for byte, and is gone after its deletion', async () => {
      const registry = open();
      const { manifests } = registry;
      const manifest = artifact({ note: 'one' });
      expect(await manifests.get({ tag: 'v1' })).toBeUndefined();
      expect(await manifests.head({ tag: 'v1' })).toBeUndefined();
      await put(registry, manifest, 'v1');
      const { mediaType, digest, size } = manifest.descriptor;
      for (const ref of [{ tag: 'v1' }, { digest }]) {
        const found = await manifests.get(ref);
        expect(found?.descriptor).toEqual({ mediaType, digest, size });
        expect(Buffer.from(found?.raw ?? []).equals(manifest.raw)).toBe(true);
        expect(await manifests.head(ref)).toEqual({ mediaType, size });
      }
      expect(await manifests.delete({ digest })).toBe(true);
      expect(await manifests.delete({ digest })).toBe(false);
      expect(await manifests.get({ digest })).toBeUndefined();
      const left = await manifests.get({ tag: 'v1' });
      expect(left?.descriptor.digest).toBe(tagsGoWithManifest ? undefined : digest);
    });

    test('a tag moves to the manifest that was put last', async () => {
      const registry = open();
      for (const note of ['one', 'two']) await put(registry, artifact({ note }), 'latest');
      expect((await registry.manifests.get({ tag: 'latest' }))?.descriptor.digest).toBe(
        artifact({ note: 'two' }).descriptor.digest,
      );
    });

    test('all tags are listed, however many; an unknown repository has none', async () => {
      const registry = open();
      expect(await allTags(registry)).toEqual([]);
      const manifest = artifact({ note: 'tagged' });
      await put(registry, manifest);
      const expected = Array.from({ length: 230 }, (_, i) => `t-${String(i).padStart(3, '0')}`);
      for (const tag of expected) await registry.manifests.put(manifest.descriptor, manifest.raw, { tag });
      expect((await allTags(registry)).sort()).toEqual(expected);
    });

    test('referrers are those whose own subject it is, from the API and from the tag alike', async () => {
      const registry = open();
      const image = artifact({ note: 'image' });
      await put(registry, image);
      expect(await registry.referrers(image.descriptor.digest)).toEqual([]);
      const right = artifact({ note: 'right', subject: bare(image.descriptor) });
      const wrong = artifact({ note: 'wrong', subject: bare(artifact({ note: 'other' }).descriptor) });
      const none = artifact({ note: 'none' });
      for (const each of [right, wrong, none]) await put(registry, each);
      const absent: Descriptor = { mediaType: MediaType.imageManifest, digest: digestOf(Buffer.from('x')), size: 1 };
      const index = encodeManifest({
        schemaVersion: 2,
        mediaType: MediaType.imageIndex,
        manifests: [right, wrong, none].map(({ descriptor }) => bare(descriptor)),
      });
      await registry.manifests.put(index.descriptor, index.raw, { tag: referrersTag(image.descriptor.digest) });
      const expected = {
        ...bare(right.descriptor),
        artifactType: 'application/vnd.test.thing',
        annotations: { note: 'right' },
      };
      expect(await registry.referrers(image.descriptor.digest)).toEqual([expected]);
      expect(await registry.referrers(image.descriptor.digest, { artifactType: 'application/other' })).toEqual([]);
      expect(await registry.referrers(absent.digest)).toEqual([]);
    });

    test('what is attached is found, and comes along with a copy, where there is an API and where there is none', async () => {
      const [from, to] = [open(), open()];
      const image = artifact({ note: 'image' });
      await put(from, image);
      const attachNote = (subject: Descriptor, note: string) =>
        attach({
          registry: from,
          subject,
          artifactType: 'application/vnd.test.note',
          layers: [],
          annotations: { note },
          clock,
        });
      const first = await attachNote(image.descriptor, 'first');
      const second = await attachNote(image.descriptor, 'second');
      const deeper = await attachNote(first, 'of the first');
      const both = [first, second].sort((a, b) => (a.digest < b.digest ? -1 : 1));
      expect(await from.referrers(image.descriptor.digest)).toEqual(both);
      expect(await from.manifests.get({ tag: ownTag(image.descriptor.digest, first.digest) })).toBeDefined();
      for (let times = 0; times < 2; times += 1) {
        const { referrers } = await copyImage({ from, to, root: image.descriptor.digest, referrers: 'all', clock });
        expect(referrers.map(({ digest }) => digest)).toEqual([...both, deeper].map(({ digest }) => digest).sort());
      }
      expect(await to.referrers(image.descriptor.digest)).toEqual(both);
      expect(await to.referrers(first.digest)).toEqual([deeper]);
    });

    test('a store puts manifests and blobs where they belong', async () => {
      const registry = open();
      const store = registryStore(registry);
      const manifest = artifact({ note: 'stored' });
      expect(await store.push(EMPTY_DESCRIPTOR, EMPTY_JSON)).toBe(blobsByRepository ? 'pushed' : 'exists');
      expect(await store.push(manifest.descriptor, manifest.raw)).toBe('pushed');
      expect(await store.push(manifest.descriptor, manifest.raw)).toBe('exists');
      expect((await fetchAll(store, manifest.descriptor)).equals(manifest.raw)).toBe(true);
      const part = await collect(await store.fetch(manifest.descriptor, { range: { start: 3, length: 9 } }));
      expect(part.equals(manifest.raw.slice(3, 12))).toBe(true);
      expect(await store.delete(manifest.descriptor)).toBe(true);
      expect(await store.exists(manifest.descriptor)).toBe(false);
    });
  });
}

async function allTags(registry: Registry): Promise<string[]> {
  const all: string[] = [];
  for await (const page of registry.tags()) all.push(...page);
  return all;
}

function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
