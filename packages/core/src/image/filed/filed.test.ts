import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubSite, READER, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { openReleaseLog } from '../../github/index.ts';
import { fingerprintOf, type StatementLog, statementName } from '../../intoto/index.ts';
import type { BuildRecord } from '../../ledger/index.ts';
import { type Digest, digestOf, hexOf } from '../../oci/index.ts';
import { FILED_FINDINGS } from '../../verify/index.ts';
import { attachBuild, encodeBuildStatement } from '../obtain/build-statement.ts';
import { factsOfBuild } from '../obtain/file-build.ts';
import { compareAttached, compareFiled } from './compare-filed.ts';
import { listFiledBuilds, type WantedBuilds } from './list-filed-builds.ts';

const IMAGE = 'ghcr.io/octo-org/app';
const GROUP = 'waybill/provenance/2026-11';
const MAIN = 'refs/heads/main';
const digest = digestOf(Buffer.from('image'));
const record: BuildRecord = {
  schemaVersion: 1,
  kind: 'build',
  image: IMAGE,
  identity: 'a'.repeat(64),
  digest,
  recordedAt: '2026-11-25T12:00:00.000Z',
  commit: 'c'.repeat(40),
  ref: MAIN,
  runId: '1',
};
const pull: BuildRecord = { ...record, identity: 'b'.repeat(64), ref: 'refs/pull/5/merge', commit: 'e'.repeat(40) };

let site: GitHubSite;
let log: StatementLog;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true, primaryLimit: 100_000 });
  log = openReleaseLog(site.client(WRITER, { writeGapMs: 0 }));
});
afterEach(() => site.stop());

const file = async (of: BuildRecord) => (await log.append(encodeBuildStatement(of), factsOfBuild(of))).statement;
const readers = () => openReleaseLog(site.client(READER));
const list = (wanted: Partial<WantedBuilds> = {}) => listFiledBuilds({ image: IMAGE, ...wanted }, readers());
const compare = async (...records: readonly BuildRecord[]) => compareFiled(records, { image: IMAGE }, readers());
const codes = (findings: readonly { code: string; level: string }[]) =>
  findings.map(({ code, level }) => `${level} ${code}`);

/** Puts any bytes under the name of a statement about a subject: what somebody with `contents: write` can do. */
function plant(bytes: Uint8Array, subject: Digest = digest): string {
  const fingerprint = fingerprintOf(bytes);
  const name = statementName({ subject, predicate: 'provenance', format: 'statement', fingerprint });
  site.fake.contents.plantAssets(GROUP, [{ name, bytes }]);
  return name;
}

describe('what is filed of an image', () => {
  test('is listed, and what is of another image is passed over', async () => {
    await file(record);
    await file({ ...record, image: 'ghcr.io/octo-org/other' });
    expect(await list()).toMatchObject({ taken: [{ record, statement: { subject: digest } }], findings: [] });
    expect(await list({ digest: digestOf(Buffer.from('another')) })).toEqual({ taken: [], findings: [] });
    expect((await list({ commit: 'd'.repeat(40) })).taken).toEqual([]);
  });

  test('fits the ledger, where nobody touched it', async () => {
    await file(record);
    await file(pull);
    expect(await compare(record, pull)).toEqual([]);
  });

  test('is compared with what the ledger has: a statement that is missing is a warning', async () => {
    await file(record);
    expect(codes(await compare(record, pull))).toEqual(['warning asset-missing']);
  });
});

describe('tampering is refused, each by its own code', () => {
  test('an asset that was replaced by other bytes under its name', async () => {
    const { place } = await file(record);
    site.fake.contents.spoilAsset(place.id, encodeBuildStatement({ ...record, actor: 'mallory' }));
    expect(await list()).toMatchObject({ taken: [], findings: [{ code: 'asset-replaced', level: 'error' }] });
    expect(codes(await compare(record))).toEqual(['error asset-replaced']);
  });

  test('a record of another commit that is offered for this one', async () => {
    await file({ ...record, commit: 'd'.repeat(40) });
    const wanted = { digest, commit: record.commit };
    expect(await list(wanted)).toMatchObject({
      taken: [],
      findings: [{ code: 'commit-mismatch', expected: record.commit, found: 'd'.repeat(40) }],
    });
    expect(codes(await compare(record))).toEqual(['warning asset-missing', 'error commit-mismatch']);
  });

  test('a record from a pull request that is offered on main', async () => {
    await file(pull);
    expect(await list({ ref: MAIN })).toMatchObject({
      taken: [],
      findings: [{ code: 'ref-mismatch', level: 'error', expected: MAIN, found: 'refs/pull/5/merge' }],
    });
    // On its own pull request it is taken.
    expect((await list({ ref: 'refs/pull/5/merge' })).taken).toHaveLength(1);
    expect(codes((await list({ ref: 'refs/pull/6/merge' })).findings)).toEqual(['error ref-mismatch']);
    // The same build as one of main.
    await file({ ...pull, ref: MAIN });
    expect(codes(await compare({ ...pull, ref: MAIN }))).toEqual(['error ref-mismatch']);
  });

  test('an asset whose subject is another digest than its name says', async () => {
    const subject = digestOf(Buffer.from('another'));
    plant(encodeBuildStatement(record), subject);
    expect(await list()).toMatchObject({
      taken: [],
      findings: [{ code: 'subject-mismatch', expected: subject, found: digest }],
    });
  });

  test('an asset that names the digest, with a record of another one in it', async () => {
    const other = encodeBuildStatement({ ...record, digest: digestOf(Buffer.from('another')) });
    const statement: unknown = JSON.parse(Buffer.from(other).toString());
    const subject = [{ name: IMAGE, digest: { sha256: hexOf(digest) } }];
    plant(Buffer.from(JSON.stringify({ ...Object(statement), subject })));
    expect(codes((await list()).findings)).toEqual(['error subject-mismatch']);
  });

  test('an asset of a build that the ledger does not have, or has otherwise', async () => {
    await file(record);
    await file({ ...record, identity: 'f'.repeat(64) });
    await file({ ...record, actor: 'mallory' });
    expect(codes(await compare(record)).sort()).toEqual(['error asset-disagrees', 'error asset-unrecorded']);
  });

  test.each([
    ['no statement', Buffer.from('{}')],
    ['no JSON', Buffer.from('\u0000')],
    [
      'no record',
      Buffer.from(
        JSON.stringify({
          _type: 'https://in-toto.io/Statement/v1',
          subject: [{ digest: { sha256: hexOf(digest) } }],
          predicateType: 'urn:waybill:predicate:build:v1',
          predicate: { record: { schemaVersion: 1 } },
        }),
      ),
    ],
  ])('an asset that holds %s', async (_, bytes) => {
    plant(bytes);
    expect(codes((await list()).findings)).toEqual(['error asset-invalid']);
  });

  test('a provenance of another maker is none of these', async () => {
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: hexOf(digest) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {},
    };
    plant(Buffer.from(JSON.stringify(statement)));
    expect(await list()).toEqual({ taken: [], findings: [] });
  });

  test('nor is a signed bundle, which is judged by what verifies signatures; that its bytes are what was filed is checked', async () => {
    const bytes = Buffer.from('{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}');
    const { place } = (await log.append(bytes, { ...factsOfBuild(record), format: 'bundle' })).statement;
    expect(await list()).toEqual({ taken: [], findings: [] });
    site.fake.contents.spoilAsset(place.id, Buffer.from('{}'));
    expect(codes((await list()).findings)).toEqual(['error asset-replaced']);
  });
});

describe('what is attached in the registry', () => {
  let stage: PromotionStage;
  beforeEach(async () => {
    stage = await openPromotionStage();
  });
  afterEach(() => stage.stop());

  /** An image in the registry, with statements of these records. */
  async function attached(...records: readonly BuildRecord[]): Promise<BuildRecord> {
    const { descriptor } = (await stage.push('one')).root;
    const of = { digest: descriptor.digest, image: stage.image };
    const options = { registry: stage.open(), subject: descriptor, clock: site.clock };
    for (const each of records) await attachBuild({ ...each, ...of }, options);
    return { ...record, ...of };
  }

  test('confirms the record, or that is told', async () => {
    expect(await compareAttached(await attached(record, pull), stage.open())).toEqual([]);
    expect(codes(await compareAttached({ ...(await attached()), identity: '0' }, stage.open()))).toEqual([
      'warning statement-missing',
    ]);
  });

  test('that says something else of this build is told', async () => {
    const own = await attached(record, { ...record, commit: 'd'.repeat(40) });
    expect(codes(await compareAttached(own, stage.open()))).toEqual(['error statement-mismatch']);
  });
});

test('each code says what to do', () => {
  for (const [, hint] of Object.values(FILED_FINDINGS)) expect(hint.length).toBeGreaterThan(20);
});
