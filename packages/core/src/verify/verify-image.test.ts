import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { image, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { createMemoryRefStore } from '../content/index.ts';
import { createHttp, type Http } from '../http/index.ts';
import { createLedger, type Ledger } from '../ledger/index.ts';
import type { Digest } from '../oci/index.ts';
import { createRegistry, type Registry } from '../registry/index.ts';
import type { ImageInput } from '../runner/index.ts';
import { verifyImage } from './index.ts';

const COMMIT = 'c'.repeat(40);
const OTHER = 'd'.repeat(40);
const IMAGE = image({ note: 'app' });
const { digest } = IMAGE.root.descriptor;

let http: Http;
let fake: FakeRegistry;
let ledger: Ledger;
let registry: Registry;
let opened = 0;
const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };

beforeEach(async () => {
  http = createHttp();
  fake = await startFakeRegistry();
  ledger = createLedger(createMemoryRefStore());
  registry = createRegistry({ host: fake.host, repository: 'octo-org/app', http, access: 'push', clock });
  opened = 0;
  await pushImage(registry, IMAGE, 'v1');
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

type Way =
  | Omit<Extract<ImageInput, { kind: 'digest' }>, 'place'>
  | { kind: 'commit'; commit: string }
  | { kind: 'tag'; tag: string };

function verify(way: Way, { ref, shared = false }: { ref?: string; shared?: boolean } = {}) {
  const builds = async () => {
    opened += 1;
    return ledger.builds;
  };
  const input: ImageInput = { ...way, place: { host: fake.host, repository: 'octo-org/app' } };
  const takesPullRequests = async () => shared;
  return verifyImage(input, { registry, builds, ref, takesPullRequests, layers: 'exist' });
}

function record(of: Digest, identity = 'one', commit = COMMIT, ref?: string) {
  const name = `${fake.host}/octo-org/app`;
  const recordedAt = '2026-01-01T00:00:00Z';
  return ledger.builds.put({
    schemaVersion: 1,
    kind: 'build',
    image: name,
    identity,
    digest: of,
    commit,
    recordedAt,
    ...(ref === undefined ? {} : { ref }),
  });
}

describe('by digest', () => {
  test('the digest is verified, and no ledger opened', async () => {
    expect(await verify({ kind: 'digest', digest, commit: undefined })).toMatchObject({
      digest,
      verified: 'integrity',
    });
    expect(opened).toBe(0);
  });

  test('with the commit that it is recorded for', async () => {
    await record(digest);
    expect(await verify({ kind: 'digest', digest, commit: COMMIT })).toMatchObject({
      verified: 'integrity',
      findings: [],
    });
  });

  test('with a commit that has another digest, or none', async () => {
    const { descriptor } = image({ note: 'other' }).root;
    await record(descriptor.digest);
    expect(await verify({ kind: 'digest', digest, commit: COMMIT })).toMatchObject({
      verified: 'false',
      findings: [{ code: 'record-mismatch', expected: descriptor.digest, found: digest }],
    });
    expect(await verify({ kind: 'digest', digest, commit: OTHER })).toMatchObject({
      verified: 'false',
      findings: [{ code: 'record-unknown', subject: OTHER }],
    });
  });
});

describe('by commit', () => {
  test('the recorded digest is verified', async () => {
    await record(digest);
    await record(digest, 'the same again');
    expect(await verify({ kind: 'commit', commit: COMMIT })).toMatchObject({ digest, verified: 'integrity' });
  });

  test('a recorded digest that is gone is lost', async () => {
    await record(digest);
    await registry.manifests.delete({ digest });
    expect(await verify({ kind: 'commit', commit: COMMIT })).toMatchObject({
      verified: 'false',
      findings: [{ code: 'lost' }],
    });
    const digestAlone = await verify({ kind: 'digest', digest, commit: undefined });
    expect(digestAlone.findings).toEqual([expect.objectContaining({ code: 'manifest-missing' })]);
  });

  test('several are a wrong input that lists them', async () => {
    const other = image({ note: 'other' }).root.descriptor.digest;
    await record(digest);
    await record(other, 'two');
    await expect(verify({ kind: 'commit', commit: COMMIT })).rejects.toMatchObject({
      code: 'RECORD_AMBIGUOUS',
      kind: 'user',
      message: expect.stringMatching(new RegExp(`^2 builds .*${digest}.*${other}|^2 builds .*${other}.*${digest}`)),
    });
  });

  test('none is a wrong input', async () => {
    await expect(verify({ kind: 'commit', commit: OTHER })).rejects.toMatchObject({
      code: 'RECORD_UNKNOWN',
      kind: 'user',
    });
  });
});

describe('what a pull request built', () => {
  const PULL = 'refs/pull/5/merge';
  const MAIN = 'refs/heads/main';
  const byCommit = { kind: 'commit', commit: COMMIT } as const;
  const byDigest = { kind: 'digest', digest, commit: COMMIT } as const;

  test('is refused on another ref, by commit and by digest and commit', async () => {
    await record(digest, 'one', COMMIT, PULL);
    for (const ref of [MAIN, 'refs/pull/6/merge']) {
      await expect(verify(byCommit, { ref })).rejects.toMatchObject({
        code: 'RECORD_REF_MISMATCH',
        kind: 'integrity',
        message: expect.stringContaining(PULL),
      });
      expect(await verify(byDigest, { ref })).toMatchObject({
        verified: 'false',
        findings: [{ code: 'record-ref-mismatch', subject: digest, found: PULL }],
      });
    }
  });

  test('is taken on that pull request, where such builds are shared, and where somebody asks who is no run', async () => {
    await record(digest, 'one', COMMIT, PULL);
    for (const where of [{ ref: PULL }, { ref: MAIN, shared: true }, {}]) {
      expect(await verify(byCommit, where)).toMatchObject({ digest, verified: 'integrity' });
      expect(await verify(byDigest, where)).toMatchObject({ verified: 'integrity', findings: [] });
    }
  });

  test('does not count where another run recorded the commit', async () => {
    await record(image({ note: 'of the pull request' }).root.descriptor.digest, 'two', COMMIT, PULL);
    await record(digest, 'one', COMMIT, MAIN);
    expect(await verify(byCommit, { ref: MAIN })).toMatchObject({ digest, verified: 'integrity' });
  });
});

describe('by tag', () => {
  test('what it points at now is verified', async () => {
    expect(await verify({ kind: 'tag', tag: 'v1' })).toMatchObject({ digest, verified: 'integrity' });
  });

  test('one that is not there is a wrong input', async () => {
    await expect(verify({ kind: 'tag', tag: 'v2' })).rejects.toMatchObject({ code: 'TAG_UNKNOWN', kind: 'user' });
  });
});
