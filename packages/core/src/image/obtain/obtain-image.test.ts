import { describe, expect, test } from '@jest/globals';
import { createMemoryRegistry, createMemoryRepository, type MemoryRepository } from '@waybill/testing/memory-registry';
import { createVirtualTime } from '@waybill/testing/virtual-time';
import { createMemoryRefStore, createMemoryRefs, type RefStore } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import {
  type Descriptor,
  type Digest,
  describe as describeBytes,
  digestOf,
  encodeManifest,
  MediaType,
  parseIndex,
  parseReference,
} from '../../oci/index.ts';
import type { Registry } from '../../registry/index.ts';
import { NO_BUILD_OPTIONS } from '../buildx/build-options.ts';
import type { BuildOrder } from '../buildx/buildx-arguments.ts';
import type { RecordPlace } from '../records/records.ts';
import { claimRef, refPlace } from '../records/ref-place.ts';
import { tagPlace } from '../records/tag-place.ts';
import { BUILD_ARTIFACT_TYPE, REUSE_ARTIFACT_TYPE } from './build-statement.ts';
import type { ImageDeps, ImageRequest } from './image-request.ts';
import { obtainImage } from './obtain-image.ts';

const PLACE = { host: 'registry.example', repository: 'octo-org/app' };
const IMAGE = 'registry.example/octo-org/app';
const COMMIT = 'c'.repeat(40);
const SECOND = 1000;
const TIMES = { renewEveryMs: 60 * SECOND, leaseMs: 300 * SECOND, pollMs: 5 * SECOND, waitMs: 1800 * SECOND };

const requestOf = (changes: Partial<ImageRequest> = {}): ImageRequest => ({
  place: PLACE,
  mode: { kind: 'build' },
  identity: {
    text: 'a'.repeat(64),
    kind: 'commit',
    commit: COMMIT,
    ignored: { files: 0, bytes: 0, sample: [] },
    fields: [],
  },
  sharedIdentity: undefined,
  takesPullRequests: async () => false,
  options: NO_BUILD_OPTIONS,
  labels: [],
  builderId: undefined,
  tags: [parseReference(`${IMAGE}:v1`)],
  push: true,
  attach: true,
  times: TIMES,
  ...changes,
});

/** Puts an image of one platform into a repository. */
function plant(content: MemoryRepository, text: string, architecture = 'amd64'): Digest {
  const put = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const descriptor = describeBytes(mediaType, bytes);
    content.blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const config = put(
    'application/vnd.oci.image.config.v1+json',
    Buffer.from(JSON.stringify({ os: 'linux', architecture })),
  );
  const layer = put('application/vnd.oci.image.layer.v1.tar+gzip', Buffer.from(text));
  const { raw, descriptor } = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    config,
    layers: [layer],
  });
  content.manifests.set(descriptor.digest, { raw, descriptor });
  return descriptor.digest;
}

function world(kind: 'refs' | 'tags' = 'refs') {
  const time = createVirtualTime(() => 0.5, Date.UTC(2026, 0, 1));
  const contents = new Map<string, MemoryRepository>();
  const contentOf = (place: string): MemoryRepository => {
    const known = contents.get(place) ?? createMemoryRepository();
    contents.set(place, known);
    return known;
  };
  const delay = () => time.sleep(200);
  const openRegistry = ({ host, repository }: { readonly host: string; readonly repository: string }): Registry =>
    createMemoryRegistry(contentOf(`${host}/${repository}`), { host, repository, now: time.now, delay });
  const refs = createMemoryRefs();
  const refStore = (): RefStore => createMemoryRefStore(refs);
  const places: Record<'refs' | 'tags', () => RecordPlace> = {
    refs: () => refPlace(refStore(), { shown: 'https://git.example/octo-org/app', now: time.now }),
    tags: () =>
      tagPlace(openRegistry({ ...PLACE, repository: 'octo-org/app-waybill' }), { clock: time, settleMs: 10 * SECOND }),
  };
  const orders: BuildOrder[] = [];
  const lines: string[] = [];
  let runs = 0;
  const deps = (changes: Partial<ImageDeps> = {}): ImageDeps => {
    runs += 1;
    const run = String(runs);
    return {
      openRegistry,
      records: [places[kind]()],
      build: async (order, signal) => {
        orders.push(order);
        const text = `built by ${run}, build ${orders.length}`;
        await time.sleep(600 * SECOND, signal);
        const digest = order.destination === 'push' ? plant(contentOf(IMAGE), text) : undefined;
        return {
          metadata: { text: '{}', digest, baseImages: [] },
          imageId: 'sha256:of-docker',
          toolchain: { buildx: '0.29.1' },
        };
      },
      facts: {
        repository: 'octo-org/app',
        ref: 'refs/heads/main',
        branch: 'main',
        headCommit: undefined,
        commitMessage: 'a change',
        sha: COMMIT,
        workflow: 'ci',
        runId: run,
        runAttempt: '1',
        job: 'build',
        actor: 'octocat',
        serverUrl: 'https://github.com',
      },
      clock: time,
      nonce: () => run.padStart(16, '0'),
      log: {
        info: (message) => void lines.push(`info ${message}`),
        notice: (message) => void lines.push(`notice ${message}`),
        warning: (message) => void lines.push(`warning ${message}`),
      },
      ...changes,
    };
  };
  const obtain = async (request: ImageRequest = requestOf(), changes: Partial<ImageDeps> = {}) => {
    const [result] = await time.run([obtainImage(request, deps(changes))]);
    if (result?.status !== 'fulfilled') throw result?.reason;
    return result.value;
  };
  return { time, contentOf, openRegistry, refs, refStore, places, orders, lines, deps, obtain };
}

const denied = (code: string) => new WaybillError(code, 'the token may only read', { kind: 'user' });

describe.each(['refs', 'tags'] as const)('an image, with records by %s', (kind) => {
  test('S1-12: the first run builds it, the second one takes the same digest', async () => {
    const { obtain, orders, contentOf } = world(kind);
    const first = await obtain();
    expect(first).toMatchObject({ result: 'built', commit: COMMIT, tags: [`${IMAGE}:v1`] });
    expect(first.record).toMatchObject({ digest: first.digest, identity: 'a'.repeat(64), platforms: ['linux/amd64'] });
    const content = contentOf(IMAGE);
    content.tags.delete('v1');
    const second = await obtain();
    expect(second).toMatchObject({ result: 'adopted', digest: first.digest, imageId: first.imageId, metadata: '' });
    expect(orders).toHaveLength(1);
    expect(content.tags.get('v1')).toBe(first.digest);
  });

  test('S2-24: the record tells what is known of the build, and nothing is empty', async () => {
    const { obtain, time } = world(kind);
    const { record } = await obtain();
    expect(record).toEqual({
      schemaVersion: 1,
      kind: 'build',
      image: IMAGE,
      identity: 'a'.repeat(64),
      digest: expect.stringMatching(/^sha256:/),
      mediaType: MediaType.imageManifest,
      actor: 'octocat',
      recordedAt: expect.any(String),
      repository: 'octo-org/app',
      commit: COMMIT,
      commitMessage: 'a change',
      branch: 'main',
      ref: 'refs/heads/main',
      workflow: 'ci',
      runId: '1',
      runAttempt: 1,
      toolchain: { buildx: '0.29.1' },
      buildTime: expect.any(String),
      buildDuration: expect.any(Number),
      platforms: ['linux/amd64'],
    });
    expect(record?.buildDuration).toBeGreaterThanOrEqual(600);
    expect(Date.parse(record?.recordedAt ?? '')).toBeLessThanOrEqual(time.now());
  });

  test('S1-C3: six runs that come at once make one build and get one digest', async () => {
    const { time, deps, orders } = world(kind);
    const runs = Array.from({ length: 6 }, () => obtainImage(requestOf(), deps()));
    const settled = await time.run(runs);
    const results = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(orders).toHaveLength(1);
    expect(results.map(({ result }) => result).toSorted()).toEqual([
      'adopted',
      'adopted',
      'adopted',
      'adopted',
      'adopted',
      'built',
    ]);
    expect(new Set(results.map(({ digest }) => digest)).size).toBe(1);
  });

  test('S1-U1: a recorded digest that is gone is lost: nothing is built, and it is said what to do', async () => {
    const { obtain, contentOf, orders, places } = world(kind);
    const { digest } = await obtain();
    if (digest !== undefined) contentOf(IMAGE).manifests.delete(digest);
    await expect(obtain()).rejects.toMatchObject({
      code: 'IMAGE_LOST',
      kind: 'integrity',
      message: expect.stringContaining(`${IMAGE}@${digest} was recorded for the commit ${COMMIT}`),
      hint: expect.stringContaining(places[kind]().howToForget(IMAGE, 'a'.repeat(64))),
    });
    expect(orders).toHaveLength(1);
  });

  test('an image of which a layer is gone is lost as well', async () => {
    const { obtain, contentOf } = world(kind);
    await obtain();
    const { blobs } = contentOf(IMAGE);
    blobs.delete(digestOf(Buffer.from('built by 1, build 1')));
    await expect(obtain()).rejects.toMatchObject({ code: 'IMAGE_LOST', message: expect.stringContaining('layer') });
  });

  test('S1-13: what the registry does not have whole is neither recorded nor given out', async () => {
    const { obtain, contentOf, orders } = world(kind);
    const push: ImageDeps['build'] = async () => {
      const digest = plant(contentOf(IMAGE), 'torn');
      contentOf(IMAGE).blobs.delete(digestOf(Buffer.from('torn')));
      return { metadata: { text: '', digest, baseImages: [] }, imageId: '', toolchain: {} };
    };
    await expect(obtain(requestOf(), { build: push })).rejects.toMatchObject({ code: 'IMAGE_NOT_WHOLE' });
    // The next one builds at once: there is no record, and no claim that would have to die.
    expect(await obtain()).toMatchObject({ result: 'built' });
    expect(orders).toHaveLength(1);
  });

  test('a build that fails lets the next one begin at once', async () => {
    const { obtain, time } = world(kind);
    const fails = async (): Promise<never> => {
      throw new WaybillError('BUILD_FAILED', 'make: 2', { kind: 'user' });
    };
    await expect(obtain(requestOf(), { build: fails })).rejects.toMatchObject({ code: 'BUILD_FAILED' });
    const before = time.now();
    await obtain();
    expect(time.now() - before).toBeLessThan(700 * SECOND);
  });

  test('mode claim: one run is to build, the others wait until it has recorded', async () => {
    const { time, deps, contentOf } = world(kind);
    const claim = () => obtainImage(requestOf({ mode: { kind: 'claim' } }), deps());
    const [first] = await time.run([claim()]);
    expect(first).toMatchObject({ status: 'fulfilled', value: { result: 'claimed', digest: undefined } });
    const waiting = claim();
    const recording = (async () => {
      await time.sleep(900 * SECOND);
      const digest = plant(contentOf(IMAGE), 'baked');
      return obtainImage(requestOf({ mode: { kind: 'record', digest } }), deps());
    })();
    const [second, recorded] = await time.run([waiting, recording]);
    expect(recorded).toMatchObject({ status: 'fulfilled', value: { result: 'recorded' } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { result: 'adopted' } });
  });

  test('mode record: one identity has one digest', async () => {
    const { obtain, contentOf } = world(kind);
    const [one, two] = [plant(contentOf(IMAGE), 'one'), plant(contentOf(IMAGE), 'two')];
    expect(await obtain(requestOf({ mode: { kind: 'record', digest: one } }))).toMatchObject({
      result: 'recorded',
      digest: one,
    });
    expect(await obtain(requestOf({ mode: { kind: 'record', digest: one } }))).toMatchObject({
      result: 'adopted',
      digest: one,
    });
    await expect(obtain(requestOf({ mode: { kind: 'record', digest: two } }))).rejects.toMatchObject({
      code: 'RECORD_CONFLICT',
    });
  });

  test('S1-C4, mode merge: images of single platforms become one index, whose digest is recorded', async () => {
    const { obtain, contentOf } = world(kind);
    const digests = [plant(contentOf(IMAGE), 'one', 'amd64'), plant(contentOf(IMAGE), 'two', 'arm64')];
    const outcome = await obtain(requestOf({ mode: { kind: 'merge', digests } }));
    expect(outcome).toMatchObject({ result: 'merged', record: { platforms: ['linux/amd64', 'linux/arm64'] } });
    const raw = outcome.digest === undefined ? undefined : contentOf(IMAGE).manifests.get(outcome.digest)?.raw;
    expect(
      parseIndex(raw ?? new Uint8Array()).value.manifests.map(({ digest, platform }) => [digest, platform]),
    ).toEqual([
      [digests[0], { os: 'linux', architecture: 'amd64' }],
      [digests[1], { os: 'linux', architecture: 'arm64' }],
    ]);
    const again = await obtain(
      requestOf({
        mode: { kind: 'merge', digests: [digests[0] ?? outcome.digest, digests[1]].flatMap((each) => each ?? []) },
      }),
    );
    expect(again).toMatchObject({ result: 'adopted', digest: outcome.digest });
  });

  test('mode merge: two images for one platform, and one that is not there, are refused', async () => {
    const { obtain, contentOf } = world(kind);
    const digests = [plant(contentOf(IMAGE), 'one'), plant(contentOf(IMAGE), 'two')];
    await expect(obtain(requestOf({ mode: { kind: 'merge', digests } }))).rejects.toMatchObject({
      code: 'MERGE_TWICE',
    });
    const missing = digestOf(Buffer.from('x'));
    await expect(obtain(requestOf({ mode: { kind: 'merge', digests: [missing] } }))).rejects.toMatchObject({
      code: 'MERGE_MISSING',
    });
  });

  test('who builds the same of another commit learns of it, and the commit has the build too', async () => {
    const { obtain, places, contentOf, time } = world(kind);
    const identity = { ...requestOf().identity, kind: 'tree' } as const;
    const first = await obtain(requestOf({ identity }));
    const other = 'd'.repeat(40);
    const second = await obtain(requestOf({ identity: { ...identity, commit: other } }));
    expect(second).toMatchObject({ result: 'adopted', digest: first.digest, commit: other });
    const [found] = await time.run([places[kind]().builds.byCommit(IMAGE, other)]);
    expect(found).toMatchObject({ value: [{ digest: first.digest, commit: COMMIT }] });
    const { manifests } = contentOf(IMAGE);
    const types = [...manifests.values()].flatMap(
      ({ raw }) => /"artifactType":"([^"]+)"/.exec(Buffer.from(raw).toString())?.[1] ?? [],
    );
    expect(new Set(types)).toEqual(new Set([BUILD_ARTIFACT_TYPE, REUSE_ARTIFACT_TYPE]));
  });

  test('an attempt of a run that was tried again does not hold it up', async () => {
    const { time, deps } = world(kind);
    const claim = requestOf({ mode: { kind: 'claim' } });
    const first = deps();
    await time.run([obtainImage(claim, first)]);
    const before = time.now();
    const again = deps({ facts: { ...first.facts, runAttempt: '2' } });
    const [outcome] = await time.run([obtainImage(claim, again)]);
    expect(outcome).toMatchObject({ value: { result: 'claimed' } });
    expect(time.now() - before).toBeLessThan(60 * SECOND);
  });

  test('a pull request takes what was built outside of one, and its own is taken by nobody else', async () => {
    const { obtain, orders } = world(kind);
    const shared = 'a'.repeat(64);
    const own = { ...requestOf().identity, text: 'b'.repeat(64) };
    const pull = requestOf({ identity: own, sharedIdentity: shared });
    const inPull = await obtain(pull);
    expect(inPull).toMatchObject({ result: 'built', identity: own.text });
    const onMain = await obtain();
    expect(onMain).toMatchObject({ result: 'built', identity: shared });
    expect(orders).toHaveLength(2);
    expect(await obtain(pull)).toMatchObject({ result: 'adopted', digest: onMain.digest, identity: shared });
  });

  test('a record of a pull request that stands under an identity of main is refused there, unless such builds are shared', async () => {
    const { obtain, orders, deps, lines } = world(kind);
    const ofPull = { facts: { ...deps().facts, ref: 'refs/pull/5/merge' } };
    await obtain(requestOf(), ofPull);
    expect(await obtain(requestOf(), ofPull)).toMatchObject({ result: 'adopted' });
    await expect(obtain()).rejects.toMatchObject({
      code: 'RECORD_REF_MISMATCH',
      kind: 'integrity',
      message: expect.stringMatching(/refs\/pull\/5\/merge.*refs\/heads\/main/),
    });
    expect(await obtain(requestOf({ takesPullRequests: async () => true }))).toMatchObject({ result: 'adopted' });
    expect(orders).toHaveLength(1);
    // Another pull request has an identity of its own to build by.
    const own = { ...requestOf().identity, text: 'b'.repeat(64) };
    const pull = requestOf({ identity: own, sharedIdentity: requestOf().identity.text });
    const another = { facts: { ...deps().facts, ref: 'refs/pull/6/merge' } };
    expect(await obtain(pull, another)).toMatchObject({ result: 'built', identity: own.text });
    expect(lines.join('\n')).toMatch(/warning .*was made by refs\/pull\/5\/merge.*not taken/);
  });

  test('a record of another commit that stands under the identity of this one is refused; under that of a tree it is taken', async () => {
    const { obtain, orders } = world(kind);
    const { identity } = requestOf();
    await obtain(requestOf({ identity: { ...identity, commit: 'e'.repeat(40) } }));
    await expect(obtain()).rejects.toMatchObject({ code: 'RECORD_COMMIT_MISMATCH', kind: 'integrity' });
    expect(await obtain(requestOf({ identity: { ...identity, kind: 'tree' } }))).toMatchObject({ result: 'adopted' });
    expect(orders).toHaveLength(1);
  });
});

describe('an image', () => {
  test('S1-U2: a token that may only read builds and loads one platform, and says what it lacks', async () => {
    const { obtain, openRegistry, orders, lines, refs } = world();
    const readOnly = (place: Parameters<typeof openRegistry>[0]): Registry => {
      const registry = openRegistry(place);
      return { ...registry, blobs: { ...registry.blobs, tryUpload: () => Promise.reject(denied('STORE_DENIED')) } };
    };
    const one = await obtain(requestOf(), { openRegistry: readOnly });
    expect(one).toMatchObject({
      result: 'unpushed',
      digest: undefined,
      imageId: 'sha256:of-docker',
      record: undefined,
      tags: [],
    });
    const two = await obtain(
      requestOf({ options: { ...NO_BUILD_OPTIONS, platforms: ['linux/amd64', 'linux/arm64'] } }),
      {
        openRegistry: readOnly,
      },
    );
    expect(two).toMatchObject({ result: 'unpushed' });
    expect(orders.map(({ destination, tags }) => [destination, tags])).toEqual([
      ['load', [`${IMAGE}:v1`]],
      ['cache', [`${IMAGE}:v1`]],
    ]);
    expect(lines).toContain(
      `notice The image is built, and neither pushed nor recorded: this run may not push to ${IMAGE}: the token may only read`,
    );
    expect(refs.refs.size).toBe(0);
    expect(await obtain(requestOf({ mode: { kind: 'claim' } }), { openRegistry: readOnly })).toMatchObject({
      result: 'skipped',
    });
  });

  test('where the ledger takes nothing from this run, the records go to the next place', async () => {
    const { obtain, places, lines } = world();
    const ledger = places.refs();
    const records = [{ ...ledger, assertWritable: () => Promise.reject(denied('LEDGER_DENIED')) }, places.tags()];
    const first = await obtain(requestOf(), { records });
    expect(first).toMatchObject({ result: 'built', place: { guarantee: 'hint' } });
    expect(lines).toContain(`info This run may not record in ${ledger.shown}: the token may only read`);
    // And are found there by one that may write to the ledger.
    expect(await obtain(requestOf(), { records: [ledger, places.tags()] })).toMatchObject({
      result: 'adopted',
      digest: first.digest,
    });
  });

  test('push: false builds, and nothing leaves the machine', async () => {
    const { obtain, lines, orders } = world();
    expect(await obtain(requestOf({ push: false }))).toMatchObject({ result: 'unpushed' });
    expect(orders[0]?.destination).toBe('load');
    expect(lines.filter((line) => line.startsWith('notice'))).toEqual([]);
  });

  test('S1-C3: whoever records second takes what the first one recorded', async () => {
    const { obtain, contentOf, places, lines } = world();
    const theirs = plant(contentOf(IMAGE), 'theirs');
    const build = async () => {
      const digest = plant(contentOf(IMAGE), 'ours');
      await places.refs().builds.put({
        schemaVersion: 1,
        kind: 'build',
        image: IMAGE,
        identity: 'a'.repeat(64),
        digest: theirs,
        commit: COMMIT,
        recordedAt: '2026-01-01T00:00:00.000Z',
      });
      return { metadata: { text: '', digest, baseImages: [] }, imageId: '', toolchain: {} };
    };
    expect(await obtain(requestOf(), { build })).toMatchObject({ result: 'adopted', digest: theirs });
    expect(lines.join('\n')).toContain('what was built here is not used');
  });

  test('a builder whose claim was taken over stops, and takes what the other one built', async () => {
    const { time, deps, refStore, contentOf, orders } = world();
    const ref = claimRef(IMAGE, 'a'.repeat(64));
    const run = obtainImage(requestOf(), deps());
    const other = (async () => {
      await time.sleep(90 * SECOND);
      const refs = refStore();
      const tip = await refs.resolve(ref);
      const bytes = tip === undefined ? undefined : await refs.readFile(tip, 'claim.json');
      const claim: unknown = JSON.parse(new TextDecoder().decode(bytes));
      const stolen = Object.assign({}, claim, { holder: { nonce: 'f'.repeat(16) } });
      if (tip === undefined) throw new Error('no claim');
      const commit = await refs.commit({
        parent: tip,
        files: { 'claim.json': Buffer.from(JSON.stringify(stolen)) },
        message: 'x',
      });
      await refs.move(ref, commit, { expected: tip });
      await time.sleep(100 * SECOND);
      const digest = plant(contentOf(IMAGE), 'theirs');
      return obtainImage(requestOf({ mode: { kind: 'record', digest } }), deps());
    })();
    const [mine, theirs] = await time.run([run, other]);
    expect(theirs).toMatchObject({ value: { result: 'recorded' } });
    expect(mine).toMatchObject({ value: { result: 'adopted' } });
    expect(orders).toHaveLength(1);
  });

  test('tags of another repository get a copy of the image', async () => {
    const { obtain, contentOf } = world();
    const tags = [parseReference(`${IMAGE}:v1`), parseReference('other.example/mirror/app:v1')];
    const outcome = await obtain(requestOf({ tags }));
    expect(contentOf('other.example/mirror/app').tags.get('v1')).toBe(outcome.digest);
  });

  test('who may only read takes what has its tags, without a word; of a tag that it cannot set it is told', async () => {
    const { obtain, openRegistry, lines } = world();
    const { digest } = await obtain();
    const readOnly = (place: Parameters<typeof openRegistry>[0]): Registry => {
      const registry = openRegistry(place);
      return { ...registry, manifests: { ...registry.manifests, put: () => Promise.reject(denied('STORE_DENIED')) } };
    };
    expect(await obtain(requestOf(), { openRegistry: readOnly })).toMatchObject({
      result: 'adopted',
      digest,
      tags: [`${IMAGE}:v1`],
    });
    expect(lines.filter((line) => line.startsWith('notice'))).toEqual([]);
    const other = requestOf({ tags: [parseReference(`${IMAGE}:v2`)] });
    expect(await obtain(other, { openRegistry: readOnly })).toMatchObject({ result: 'adopted', digest, tags: [] });
    expect(lines).toContain('notice The tags were not set: the token may only read');
  });

  test('a ledger that does not answer is told, and the other place is asked', async () => {
    const { obtain, places, lines } = world();
    const ledger = places.refs();
    const away = {
      ...ledger,
      builds: { ...ledger.builds, get: () => Promise.reject(new Error('no route')) },
      assertWritable: () => Promise.reject(denied('LEDGER_DENIED')),
    };
    expect(await obtain(requestOf(), { records: [away, places.tags()] })).toMatchObject({ result: 'built' });
    expect(lines).toContain(`warning ${ledger.shown} could not be read: no route`);
    await expect(obtain(requestOf(), { records: [away] })).rejects.toThrow('no route');
  });
});
