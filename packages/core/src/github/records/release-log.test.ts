import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubSite, READER, startGitHubSite } from '@waybill/testing/github-client';
import { factsOf, listAll, statementAbout, subjectOf } from '@waybill/testing/statement-log-suite';
import { fingerprintOf, statementName } from '../../intoto/index.ts';
import { openGitHubRefStore } from '../refs/open-github-ref-store.ts';
import { openReleaseLog } from './open-release-log.ts';
import { sealDrafts } from './seal-drafts.ts';

const TAG = 'waybill/provenance/2026-11';
const one = subjectOf(1);

let site: GitHubSite;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true, primaryLimit: 100_000 });
});
afterEach(() => site.stop());

const client = (token?: typeof READER) => site.client(token, { writeGapMs: 0 });
const open = (token?: typeof READER) => openReleaseLog(client(token));
const append = (n = 0, subject = one) => open().append(statementAbout(subject, n), factsOf(subject));
const releases = () => site.fake.contents.releases();
const record = (n: number, bytes = Buffer.from(String(n))) => ({
  name: statementName({
    subject: subjectOf(n),
    predicate: 'provenance',
    format: 'statement',
    fingerprint: fingerprintOf(bytes),
  }),
  bytes,
});
const nameOf = (bytes: Uint8Array) =>
  statementName({ subject: one, predicate: 'provenance', format: 'statement', fingerprint: fingerprintOf(bytes) });
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => record(from + i));

describe('the release of a month', () => {
  test('is published, marked as no version, and on a commit without a past', async () => {
    site.fake.contents.plantRelease('v1.0.0');
    await append();
    const answer = await client().rest('GET /releases/tags/{+tag}', { tag: TAG }, (json) => json, { needs: '' });
    expect(answer.value).toMatchObject({
      tag_name: TAG,
      draft: false,
      prerelease: true,
      name: 'Waybill: provenance 2026-11',
    });
    const latest = await client().rest('GET /releases/latest', {}, (json) => json, { needs: '' });
    expect(latest.value).toMatchObject({ tag_name: 'v1.0.0' });
    const commit = site.fake.contents.ref(`refs/tags/${TAG}`) ?? '';
    expect(await openGitHubRefStore(client()).parent(commit)).toBeUndefined();
    expect(site.fake.contents.ref('refs/heads/main')).not.toBe(commit);
  });

  test('stands on the same commit as that of any other month', async () => {
    await append();
    site.clock.advance(40 * 24 * 3_600_000);
    await open().append(statementAbout(one, 1), factsOf(one, { at: site.clock.now() }));
    const [first, second] = releases().map(({ tag }) => site.fake.contents.ref(`refs/tags/${tag}`));
    expect(first).toBe(second);
  });

  test('costs seven requests to make, its first record too, and two where it is there', async () => {
    await append(1);
    expect(
      site.fake.log.map(
        ({ method, path }) => `${method} ${path.replace(/^.*octo-org\/app\//, '').replace(/\?.*/, '')}`,
      ),
    ).toEqual([
      'POST /graphql',
      'GET releases/latest',
      'POST git/trees',
      'POST git/commits',
      'POST git/refs',
      'POST releases',
      expect.stringMatching(/^POST releases\/\d+\/assets$/),
    ]);
    site.fake.clearLog();
    await append(2);
    expect(site.fake.log).toHaveLength(2);
  });

  test('goes on in another past 900 records (F-1)', async () => {
    site.fake.contents.plantAssets(TAG, records(10, 909));
    expect((await append(1)).statement.place.group).toBe(TAG);
    expect((await append(2)).statement.place.group).toBe(`${TAG}.2`);
    expect((await append(3)).statement.place.group).toBe(`${TAG}.2`);
    expect((await append(1)).outcome).toBe('exists');
  });

  test('goes on in another where GitHub takes no more', async () => {
    site.fake.setQuirks({ assetsPerRelease: 2 });
    const groups = [];
    for (const n of [1, 2, 3, 4, 5]) groups.push((await append(n)).statement.place.group);
    expect(groups).toEqual([TAG, TAG, `${TAG}.2`, `${TAG}.2`, `${TAG}.3`]);
  });

  test('goes on past the parts that one question covers', async () => {
    for (let part = 1; part <= 9; part += 1) {
      site.fake.contents.plantAssets(part === 1 ? TAG : `${TAG}.${part}`, records(part * 10, part * 10 + 2));
    }
    const log = openReleaseLog(client(), { partSize: 2 });
    expect((await log.append(statementAbout(one), factsOf(one))).statement.place.group).toBe(`${TAG}.10`);
  });
});

describe('a listing', () => {
  test('of 2,500 records over three parts is whole, each once', async () => {
    site.fake.contents.plantAssets(TAG, records(0, 900));
    site.fake.contents.plantAssets(`${TAG}.2`, records(900, 1800));
    site.fake.contents.plantAssets(`${TAG}.3`, records(1800, 2500));
    const all = await listAll(open());
    expect(all).toHaveLength(2500);
    expect(new Set(all.map(({ subject }) => subject)).size).toBe(2500);
    // Tags, releases, drafts, and pages of a hundred.
    expect(site.fake.log).toHaveLength(3 + 9 + 9 + 7);
  });

  test('passes over what is none of ours', async () => {
    const { statement } = await append();
    site.fake.contents.plantAssets(TAG, [{ name: 'notes.txt', bytes: Buffer.from('x') }]);
    site.fake.contents.plantAssets('waybill/gossip/2026-11', [record(5)]);
    site.fake.contents.plantAssets('waybillx/provenance/2026-11', [record(6)]);
    site.fake.contents.plantAssets('v1.2.3', [record(7)]);
    expect(await listAll(open())).toEqual([statement]);
  });

  test('passes over uploads that broke off', async () => {
    await append(1);
    site.fake.fail({ kind: 'starter', on: ({ at }) => at === 'uploads', times: 99 });
    await expect(
      openReleaseLog(site.client(undefined, { writeGapMs: 0 })).append(statementAbout(one, 2), factsOf(one)),
    ).rejects.toMatchObject({
      code: 'GITHUB_SERVER_ERROR',
    });
    expect(await listAll(open())).toHaveLength(1);
  });
});

describe('the place of a statement (P-3, S2-25)', () => {
  test('is found by the name in one question, and read without a search where its number is known', async () => {
    const { statement } = await append();
    site.fake.clearLog();
    const { group, name } = statement.place;
    expect(await open(READER).find(statement, factsOf(one).at)).toEqual({ group, name });
    expect(site.fake.log.map(({ at, token }) => [at, token])).toEqual([['api', 'reader']]);
    site.fake.clearLog();
    expect(Buffer.from(await open(READER).read(statement.place)).equals(statementAbout(one))).toBe(true);
    expect(site.fake.log.map(({ at, token }) => [at, token])).toEqual([
      ['api', 'reader'],
      ['storage', 'none'],
    ]);
  });

  test('leads there by the name when the asset was put anew', async () => {
    const { statement } = await append();
    const [release] = releases();
    await client().rest('DELETE /releases/assets/{id}', { id: statement.place.id }, () => undefined, { needs: '' });
    const again = await append();
    expect([again.outcome, again.statement.place.id === statement.place.id]).toEqual(['appended', false]);
    expect(release?.tag).toBe(TAG);
    expect(Buffer.from(await open().read(statement.place)).equals(statementAbout(one))).toBe(true);
  });
});

describe('other hands', () => {
  test('other bytes under the name are a conflict, and stay', async () => {
    const name = nameOf(statementAbout(one));
    site.fake.contents.plantAssets(TAG, [{ name, bytes: Buffer.from('other') }]);
    for (const assetDigests of [true, false]) {
      site.fake.setQuirks({ assetDigests });
      await expect(append()).rejects.toMatchObject({ code: 'STATEMENT_CONFLICT', kind: 'integrity' });
    }
    expect(releases()[0]?.assets).toHaveLength(1);
  });

  test('an upload of somebody else that may still go on is waited for before it counts as broken off', async () => {
    await append(1);
    const name = nameOf(statementAbout(one, 2));
    const upload = { release: releases()[0]?.id ?? 0, name, label: '', type: 'a/b', body: Buffer.from('x') };
    site.fake.fail({ kind: 'starter', on: ({ at }) => at === 'uploads' });
    await expect(client().upload(upload, (json) => json, { needs: '' })).rejects.toMatchObject({
      code: 'GITHUB_SERVER_ERROR',
    });
    const waits = site.clock.waits.length;
    expect((await append(2)).outcome).toBe('appended');
    expect(site.clock.waits.length - waits).toBe(4);
    expect(releases()[0]?.assets.map(({ state }) => state)).toEqual(['uploaded', 'uploaded']);
  });
});

describe('a ruleset', () => {
  test('that keeps tags is named with its fix', async () => {
    site.fake.setQuirks({ refuseRef: (ref) => ref.startsWith('refs/tags/') });
    await expect(append()).rejects.toMatchObject({
      code: 'RECORDS_REFUSED',
      kind: 'user',
      message: expect.stringContaining(`GitHub does not take the release ${TAG}: Repository rule violations found`),
      hint: expect.stringContaining('exclude `refs/tags/waybill/**` from it'),
    });
    expect(releases()).toEqual([]);
    await expect(open().assertWritable(factsOf(one))).rejects.toMatchObject({ code: 'RECORDS_REFUSED' });
  });

  test('a token that may only read is told what it needs', async () => {
    const denied = {
      code: 'GITHUB_DENIED',
      kind: 'user',
      hint: expect.stringContaining('`permissions: contents: write`'),
    };
    await expect(open(READER).append(statementAbout(one), factsOf(one))).rejects.toMatchObject(denied);
    await expect(open(READER).assertWritable(factsOf(one))).rejects.toMatchObject(denied);
    await append();
    await expect(open(READER).assertWritable(factsOf(one))).rejects.toMatchObject(denied);
    expect(await listAll(open(READER))).toHaveLength(1);
  });
});

describe('where releases are sealed', () => {
  beforeEach(() => site.fake.setQuirks({ immutableReleases: true }));

  test('records go into drafts, which are published when their month is over (F-4)', async () => {
    site.fake.contents.plantRelease('v1.0.0');
    await append(1);
    await append(2);
    const draft = () => releases().filter(({ tag }) => tag === TAG);
    expect(draft().map(({ draft: isDraft, assets }) => [isDraft, assets.length])).toEqual([[true, 2]]);
    expect(await sealDrafts(client(), '2026-11')).toEqual([]);
    expect(await listAll(open(READER))).toEqual([]);
    expect(await sealDrafts(client(), '2026-12')).toEqual([TAG]);
    expect(draft().map(({ draft: isDraft, immutable, prerelease }) => [isDraft, immutable, prerelease])).toEqual([
      [false, true, true],
    ]);
    expect(site.fake.contents.ref(`refs/tags/${TAG}`)).toBeDefined();
    expect(await listAll(open(READER))).toHaveLength(2);
    expect((await append(1)).outcome).toBe('exists');
    expect((await append(3)).statement.place.group).toBe(`${TAG}.2`);
  });

  test('a first record finds it out, at the cost of one empty release', async () => {
    expect((await append(1)).statement.place.group).toBe(`${TAG}.2`);
    expect((await append(2)).statement.place.group).toBe(`${TAG}.2`);
    expect(releases().map(({ tag, draft, immutable, assets }) => [tag, draft, immutable, assets.length])).toEqual([
      [TAG, false, true, 0],
      [`${TAG}.2`, true, false, 2],
    ]);
  });

  test('what broke off is not sealed with it', async () => {
    site.fake.contents.plantRelease('v1.0.0');
    await append(1);
    site.fake.fail({ kind: 'starter', on: ({ at }) => at === 'uploads' });
    const upload = {
      release: releases()[1]?.id ?? 0,
      name: record(2).name,
      label: '',
      type: 'a/b',
      body: Buffer.from('x'),
    };
    await client()
      .upload(upload, (json) => json, { needs: '' })
      .catch(() => undefined);
    expect(releases()[1]?.assets.map(({ state }) => state)).toEqual(['uploaded', 'starter']);
    await sealDrafts(client(), '2026-12');
    expect(releases()[1]?.assets.map(({ state }) => state)).toEqual(['uploaded']);
  });

  test('two drafts of one part are sealed as two parts', async () => {
    site.fake.contents.plantRelease('v1.0.0');
    await Promise.all([append(1), append(2)]);
    const drafts = releases().filter(({ draft }) => draft).length;
    const sealed = await sealDrafts(client(), '2026-12');
    expect(sealed).toEqual([TAG, `${TAG}.2`].slice(0, drafts));
    expect(await listAll(open())).toHaveLength(2);
  });

  test('a draft without records stays one', async () => {
    const body = { tag_name: TAG, draft: true };
    await client().rest('POST /releases', body, (json) => json, { needs: '' });
    expect(await sealDrafts(client(), '2026-12')).toEqual([]);
  });
});
