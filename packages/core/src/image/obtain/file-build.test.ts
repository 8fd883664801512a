import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubSite, READER, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { createMemoryRegistry, createMemoryRepository, type MemoryRepository } from '@waybill/testing/memory-registry';
import { listAll } from '@waybill/testing/statement-log-suite';
import { createMemoryRefStore, createMemoryRefs, type RefStore } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { openGitHubRefStore, openReleaseLog } from '../../github/index.ts';
import { parseStatement, type StatementRecords } from '../../intoto/index.ts';
import { createLedger } from '../../ledger/index.ts';
import { describe as describeBytes, digestOf, encodeManifest, MediaType } from '../../oci/index.ts';
import { NO_BUILD_OPTIONS } from '../buildx/build-options.ts';
import { refPlace } from '../records/ref-place.ts';
import { tagPlace } from '../records/tag-place.ts';
import { buildFiledAs } from './file-build.ts';
import type { ImageDeps, ImageRequest } from './image-request.ts';
import { obtainImage } from './obtain-image.ts';

const PLACE = { host: 'registry.example', repository: 'octo-org/app' };
const COMMIT = 'c'.repeat(40);
const OTHER = 'd'.repeat(40);

let site: GitHubSite;
let images: MemoryRepository;
let lines: string[];
let builds: number;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true, primaryLimit: 100_000 });
  images = createMemoryRepository();
  [lines, builds] = [[], 0];
});
afterEach(() => site.stop());

const requestOf = (changes: Partial<ImageRequest> = {}): ImageRequest => ({
  place: PLACE,
  mode: { kind: 'build' },
  identity: {
    text: 'a'.repeat(64),
    kind: 'tree',
    commit: COMMIT,
    ignored: { files: 0, bytes: 0, sample: [] },
    fields: [],
  },
  sharedIdentity: undefined,
  takesPullRequests: async () => false,
  options: NO_BUILD_OPTIONS,
  labels: [],
  builderId: undefined,
  tags: [],
  push: true,
  attach: true,
  times: { renewEveryMs: 60_000, leaseMs: 300_000, pollMs: 5000, waitMs: 1_800_000 },
  ...changes,
});

/** Another build than that of {@link requestOf}. */
const other = (digit: string): Partial<ImageRequest> => ({
  identity: { ...requestOf().identity, text: digit.repeat(64) },
});

/** Puts an image of one platform into the registry. */
function plant(text: string) {
  const put = (mediaType: string, bytes: Uint8Array) => {
    const descriptor = describeBytes(mediaType, bytes);
    images.blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const { raw, descriptor } = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    config: put(
      'application/vnd.oci.image.config.v1+json',
      Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64' })),
    ),
    layers: [put('application/vnd.oci.image.layer.v1.tar', Buffer.from(text))],
  });
  images.manifests.set(descriptor.digest, { raw, descriptor });
  return descriptor.digest;
}

const statements = (required: boolean, token = WRITER): StatementRecords => ({
  log: openReleaseLog(site.client(token, { writeGapMs: 0 })),
  shown: 'release://octo-org/app',
  required,
});
const ledgerAt = (refs: RefStore) => refPlace(refs, { shown: 'https://github.com/octo-org/app', now: site.clock.now });

function depsOf(changes: Partial<ImageDeps>): ImageDeps {
  const { clock } = site;
  return {
    openRegistry: ({ host, repository }) => createMemoryRegistry(images, { host, repository, now: clock.now }),
    records: [ledgerAt(createMemoryRefStore(createMemoryRefs()))],
    build: async () => {
      builds += 1;
      return { metadata: { text: '{}', digest: plant(`build ${builds}`), baseImages: [] }, imageId: '', toolchain: {} };
    },
    facts: {
      repository: 'octo-org/app',
      ref: 'refs/heads/main',
      branch: 'main',
      headCommit: undefined,
      commitMessage: undefined,
      sha: COMMIT,
      workflow: 'ci',
      runId: '1',
      runAttempt: '1',
      job: 'build',
      actor: 'octocat',
      serverUrl: 'https://github.com',
    },
    // A minute, after which claims are renewed, never passes.
    clock: {
      ...clock,
      sleep: async (ms, signal) => {
        if (ms >= 60_000)
          await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
        await clock.sleep(ms, signal);
      },
    },
    nonce: () => '0'.repeat(24),
    log: {
      info: (message) => void lines.push(`info ${message}`),
      notice: (message) => void lines.push(`notice ${message}`),
      warning: (message) => void lines.push(`warning ${message}`),
    },
    ...changes,
  };
}

const obtain = (changes: Partial<ImageDeps>, request = requestOf()) => obtainImage(request, depsOf(changes));
const filed = () => listAll(openReleaseLog(site.client(READER)));

describe('the statement of a build (P-3, S2-25)', () => {
  test('is filed as an asset, under the name that follows from its record', async () => {
    const outcome = await obtain({ statements: statements(false) });
    const { record } = outcome;
    if (record === undefined) throw new Error('no record');
    const [statement, ...more] = await filed();
    expect(more).toEqual([]);
    expect(outcome.filed).toMatchObject({ group: 'waybill/provenance/2026-11', name: statement?.place.name });
    expect(statement).toMatchObject({
      ...buildFiledAs(record).name,
      label: `build of ${record.image} from cccccccccccc`,
    });
    const bytes = await openReleaseLog(site.client(READER)).read(outcome.filed ?? { group: '', name: '' });
    expect(parseStatement(bytes)).toMatchObject({
      predicateType: 'urn:waybill:predicate:build:v1',
      predicate: { record },
    });
    // The registry has the very same bytes.
    expect(images.blobs.has(digestOf(bytes))).toBe(true);
  });

  test('is found from the digest in three requests, by the ledger at GitHub, however many are filed', async () => {
    const refs = openGitHubRefStore(site.client(WRITER, { writeGapMs: 0 }));
    for (const [part, group] of ['', '.2'].entries()) {
      const assets = Array.from({ length: 900 }, (_, n) => ({
        name: `${String(part * 900 + n).padStart(64, '0')}.provenance.${'a'.repeat(12)}.intoto.json`,
        bytes: Buffer.from('x'),
      }));
      site.fake.contents.plantAssets(`waybill/provenance/2026-11${group}`, assets);
    }
    await obtain({ records: [ledgerAt(refs)], statements: statements(true) }, requestOf(other('b')));
    const { digest } = await obtain({ records: [ledgerAt(refs)], statements: statements(true) });
    await obtain({ records: [ledgerAt(refs)], statements: statements(true) }, requestOf(other('d')));
    if (digest === undefined) throw new Error('no digest');
    // Nothing of what was done above is known to this client.
    const github = site.client(READER);
    const { builds: known } = createLedger(openGitHubRefStore(github));
    site.fake.clearLog();
    const record = await known.findByDigest('registry.example/octo-org/app', digest);
    if (record === undefined) throw new Error('no record');
    const { name, at } = buildFiledAs(record);
    expect(await openReleaseLog(github).find(name, at)).toMatchObject({ group: 'waybill/provenance/2026-11.3' });
    expect(
      site.fake.log.map(({ method, path }) => `${method} ${path.replace(/[?].*/, '').split('/')[4] ?? path}`),
    ).toEqual(['GET git', 'GET contents', 'POST /graphql']);
  });

  test('is not filed with `records: none`, nor where there is no log', async () => {
    await obtain({ statements: statements(true) }, requestOf({ attach: false }));
    expect(await obtain({}, requestOf(other('b')))).toMatchObject({
      result: 'built',
      filed: undefined,
    });
    expect(await filed()).toEqual([]);
  });

  test('that could not be filed is filed by the next run that takes the image', async () => {
    const records = [ledgerAt(createMemoryRefStore(createMemoryRefs()))];
    site.fake.fail({
      kind: 'answer',
      status: 422,
      body: '{"message":"no"}',
      times: 100,
      on: ({ at }) => at === 'uploads',
    });
    const first = await obtain({ records, statements: statements(false) });
    expect(first).toMatchObject({ result: 'built', filed: undefined });
    expect(lines.filter((line) => !line.startsWith('info'))).toEqual([
      expect.stringContaining('is not filed in release://'),
    ]);
    site.fake.fail({ kind: 'delay', ms: 0 });
    await site.stop();
    site = await startGitHubSite({ validate: true });
    const second = await obtain({ records, statements: statements(true) });
    expect(second).toMatchObject({ result: 'adopted', filed: { name: expect.stringContaining('.provenance.') } });
    site.fake.clearLog();
    const { group, name } = second.filed ?? {};
    expect(await obtain({ records, statements: statements(true) })).toMatchObject({ filed: { group, name } });
    expect(site.fake.log).toHaveLength(1);
    expect(await filed()).toHaveLength(1);
    expect(builds).toBe(1);
  });

  test('of a record in tags is not filed by those who did not build', async () => {
    const openRegistry = depsOf({}).openRegistry;
    const beside = createMemoryRepository();
    const tags = () =>
      tagPlace(createMemoryRegistry(beside, { ...PLACE, now: site.clock.now }), { clock: site.clock, settleMs: 1 });
    await obtain({ openRegistry, records: [tags()] });
    expect(await obtain({ records: [tags()], statements: statements(false) })).toMatchObject({ filed: undefined });
    await expect(obtain({ records: [tags()], statements: statements(true) })).rejects.toMatchObject({
      code: 'RECORDS_NOT_FILED',
      hint: expect.stringContaining('`contents: write`'),
    });
    expect(await filed()).toEqual([]);
  });

  test('records: release: what is not filed and may not be gives no tag', async () => {
    const records = [ledgerAt(createMemoryRefStore(createMemoryRefs()))];
    const { digest } = await obtain({ records });
    const request = requestOf({ tags: [{ ...PLACE, tag: 'main' }] });
    await expect(obtain({ records, statements: statements(true, READER) }, request)).rejects.toMatchObject({
      code: 'RECORDS_NOT_FILED',
    });
    expect(images.tags.get('main')).toBeUndefined();
    expect(await obtain({ records, statements: statements(true) }, request)).toMatchObject({
      digest,
      tags: [expect.any(String)],
    });
  });

  test('records: release: a reuse that may not be filed is not recorded, and so is filed by the next run', async () => {
    const records = [ledgerAt(createMemoryRefStore(createMemoryRefs()))];
    await obtain({ records, statements: statements(true) });
    const request = requestOf({ identity: { ...requestOf().identity, commit: OTHER } });
    await expect(obtain({ records, statements: statements(true, READER) }, request)).rejects.toMatchObject({
      code: 'RECORDS_NOT_FILED',
    });
    expect(await records[0]?.builds.byCommit('registry.example/octo-org/app', OTHER)).toEqual([]);
    await obtain({ records, statements: statements(true) }, request);
    expect((await filed()).filter(({ predicate }) => predicate === 'reuse')).toHaveLength(1);
    // It is linked now: nothing is left to file, also for a token that may not.
    await obtain({ records, statements: statements(true, READER) }, request);
  });

  test('a reuse is filed as one', async () => {
    const records = [ledgerAt(createMemoryRefStore(createMemoryRefs()))];
    const { digest } = await obtain({ records, statements: statements(false) });
    await obtain(
      { records, statements: statements(true) },
      requestOf({ identity: { ...requestOf().identity, commit: OTHER } }),
    );
    const reuse = (await filed()).find(({ predicate }) => predicate === 'reuse');
    expect(reuse).toMatchObject({ subject: digest, label: 'registry.example/octo-org/app reused for dddddddddddd' });
  });
});

describe('a token that may not file', () => {
  test('records: auto: is told which permission, and everything else is done', async () => {
    const outcome = await obtain({ statements: statements(false, READER) });
    expect(outcome).toMatchObject({ result: 'built', filed: undefined });
    const told = lines.filter((line) => !line.startsWith('info'));
    expect(told).toEqual([expect.stringMatching(/^notice The provenance of sha256:.*`permissions: contents: write`/)]);
  });

  test('records: release: fails before anything is built', async () => {
    await expect(obtain({ statements: statements(true, READER) })).rejects.toMatchObject({
      code: 'RECORDS_NOT_FILED',
      kind: 'user',
      hint: expect.stringContaining('`permissions: contents: write`'),
    });
    expect(builds).toBe(0);
  });

  test('a ruleset that keeps tags is known before anything is built, with its fix', async () => {
    site.fake.setQuirks({ refuseRef: (ref) => ref.startsWith('refs/tags/') });
    await expect(obtain({ statements: statements(true) })).rejects.toMatchObject({
      code: 'RECORDS_NOT_FILED',
      hint: expect.stringContaining('exclude `refs/tags/waybill/**` from it'),
    });
    expect(builds).toBe(0);
  });

  test('takes what is there without a notice', async () => {
    const records = [ledgerAt(createMemoryRefStore(createMemoryRefs()))];
    await obtain({ records });
    lines.length = 0;
    await obtain({ records, statements: statements(false, READER) });
    expect(lines.filter((line) => !line.startsWith('info'))).toEqual([]);
    expect(lines.join('\n')).toContain('is not filed in release://octo-org/app');
  });

  test('and may push nothing either: it is built, neither pushed nor recorded nor filed, and green', async () => {
    const openRegistry: ImageDeps['openRegistry'] = ({ host, repository }) => {
      const registry = createMemoryRegistry(images, { host, repository, now: site.clock.now });
      const refuse = async () => {
        throw new WaybillError('STORE_DENIED', 'the token may only read', { kind: 'user' });
      };
      return { ...registry, blobs: { ...registry.blobs, tryUpload: refuse } };
    };
    for (const required of [false, true]) {
      lines.length = 0;
      const outcome = await obtain({ openRegistry, statements: statements(required, READER) });
      expect(outcome).toMatchObject({ result: 'unpushed', record: undefined, filed: undefined });
      expect(lines.filter((line) => !line.startsWith('info'))).toEqual([
        expect.stringContaining('The image is built, and neither pushed nor recorded'),
      ]);
    }
    expect(site.fake.log).toEqual([]);
  });
});
