import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ask, READER, WRITER } from './asking.ts';
import { type FakeGitHub, type FakeGitHubOptions, startFakeGitHub } from './index.ts';

let fake: FakeGitHub;
const start = (options: FakeGitHubOptions = {}) =>
  startFakeGitHub({ validate: true, tokens: [WRITER, READER], ...options });
beforeEach(async () => {
  fake = await start();
});
afterEach(() => fake.stop());

async function makeRelease(body: object) {
  const made = await ask(fake, 'POST', 'releases', { body });
  return { ...made, id: Number(made.fields['id']), upload: String(made.fields['upload_url']).replace(/\{.*/, '') };
}

const upload = (to: string, name: string, body = Buffer.from('bytes')) =>
  ask(fake, 'POST', `${to}?name=${encodeURIComponent(name)}&label=for%20people`, { body });

describe('releases', () => {
  test('that are published are found by tag, by id and in the list, and make their tag', async () => {
    const { id, status } = await makeRelease({ tag_name: 'waybill/a/1', prerelease: true, make_latest: 'false' });
    expect(status).toBe(201);
    expect((await ask(fake, 'GET', 'releases/tags/waybill/a/1')).fields).toMatchObject({ id, draft: false });
    expect((await ask(fake, 'GET', `releases/${id}`, { token: READER })).fields).toMatchObject({ prerelease: true });
    expect((await ask(fake, 'GET', 'releases')).text).toContain('"tag_name":"waybill/a/1"');
    expect((await ask(fake, 'GET', 'git/ref/tags/waybill/a/1')).status).toBe(200);
    expect((await ask(fake, 'GET', 'releases/latest')).status).toBe(404);
  });

  test('of one tag are one', async () => {
    await makeRelease({ tag_name: 'v1' });
    const again = await makeRelease({ tag_name: 'v1' });
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('"code":"already_exists"')]);
    expect((await ask(fake, 'GET', 'releases/latest')).fields).toMatchObject({ tag_name: 'v1' });
  });

  test('that are drafts are hidden by tag, and from those who may only read', async () => {
    const { id } = await makeRelease({ tag_name: 'v1', draft: true });
    expect((await ask(fake, 'GET', 'releases/tags/v1')).status).toBe(404);
    expect((await ask(fake, 'GET', `releases/${id}`, { token: READER })).status).toBe(404);
    expect((await ask(fake, 'GET', 'releases', { token: READER })).json).toEqual([]);
    expect((await ask(fake, 'GET', `releases/${id}`)).status).toBe(200);
    expect((await ask(fake, 'PATCH', `releases/${id}`, { body: { draft: false } })).fields).toMatchObject({
      draft: false,
    });
    expect((await ask(fake, 'GET', 'releases/tags/v1')).status).toBe(200);
  });

  test('that are immutable take nothing any more, and burn their tag', async () => {
    fake.setQuirks({ immutableReleases: true });
    const { id, upload: to } = await makeRelease({ tag_name: 'v1', draft: true });
    expect((await upload(to, 'a')).status).toBe(201);
    const published = await ask(fake, 'PATCH', `releases/${id}`, { body: { draft: false } });
    expect(published.fields).toMatchObject({ immutable: true });
    expect((await upload(to, 'b')).status).toBe(422);
    await ask(fake, 'DELETE', `releases/${id}`);
    expect((await makeRelease({ tag_name: 'v1' })).text).toContain('was used by an immutable release');
  });

  test('whose tag a ruleset keeps are refused, where the tag is not there already', async () => {
    fake.setQuirks({ refuseRef: (ref) => ref.startsWith('refs/tags/') });
    const refused = await makeRelease({ tag_name: 'v1' });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('pre_receive')]);
    fake.contents.setRef('refs/tags/v1', fake.contents.ref('refs/heads/main'));
    expect((await makeRelease({ tag_name: 'v1' })).status).toBe(201);
  });

  test('by tag lag behind, if they are told to', async () => {
    fake.setQuirks({ staleReads: 1 });
    await makeRelease({ tag_name: 'v1' });
    expect((await ask(fake, 'GET', 'releases/tags/v1')).status).toBe(404);
    expect((await ask(fake, 'GET', 'releases/tags/v1')).status).toBe(200);
  });
});

describe('assets', () => {
  test('are uploaded to the other host, listed, read and deleted', async () => {
    const { id, upload: to } = await makeRelease({ tag_name: 'v1' });
    expect(to.startsWith(fake.uploadsUrl)).toBe(true);
    const made = await upload(to, 'a.json');
    expect(made.fields).toMatchObject({
      name: 'a.json',
      label: 'for people',
      state: 'uploaded',
      size: 5,
      digest: 'sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9',
    });
    const at = `releases/assets/${String(made.fields['id'])}`;
    expect((await ask(fake, 'GET', `releases/${id}/assets`)).text).toContain('"name":"a.json"');
    expect((await ask(fake, 'PATCH', at, { body: { label: 'other' } })).fields).toMatchObject({ label: 'other' });
    const bytes = await ask(fake, 'GET', at, { accept: 'application/octet-stream' });
    const location = bytes.header('location') ?? '';
    expect([bytes.status, location.startsWith(fake.storageOrigin)]).toEqual([302, true]);
    expect(await (await fetch(location)).text()).toBe('bytes');
    expect((await fetch(location.replace(/sig=.*/, 'sig=no'))).status).toBe(403);
    fake.setQuirks({ downloads: 'served' });
    expect((await ask(fake, 'GET', at, { accept: 'application/octet-stream' })).text).toBe('bytes');
    expect((await ask(fake, 'DELETE', at)).status).toBe(204);
    expect((await ask(fake, 'GET', at)).status).toBe(404);
  });

  test('of one name are one', async () => {
    const { upload: to } = await makeRelease({ tag_name: 'v1' });
    await upload(to, 'a');
    expect((await upload(to, 'a')).text).toContain('"code":"already_exists"');
  });

  test.each([
    ['a b.json', 'a.b.json'],
    ['sha256:abc', 'sha256.abc'],
    ['.hidden.', 'hidden'],
    ['ok-1_2.3+4@5', 'ok-1_2.3+4@5'],
  ])('names with special characters are written anew: %s', async (name, stored) => {
    const { upload: to } = await makeRelease({ tag_name: 'v1' });
    expect((await upload(to, name)).fields['name']).toBe(stored);
  });

  test('of more than the limit are refused', async () => {
    fake.setQuirks({ assetsPerRelease: 2 });
    const { upload: to } = await makeRelease({ tag_name: 'v1' });
    const all = [await upload(to, 'a'), await upload(to, 'b'), await upload(to, 'c')];
    expect(all.map(({ status }) => status)).toEqual([201, 201, 422]);
  });

  test('without a length are refused', async () => {
    const { upload: to } = await makeRelease({ tag_name: 'v1' });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        authorization: `token ${WRITER.secret}`,
        'content-type': 'a/b',
        'transfer-encoding': 'chunked',
      };
      const request = http.request(`${to}?name=a`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end('bytes');
    });
    expect(status).toBe(400);
  });

  test('are listed by pages that lead to each other', async () => {
    const names = Array.from({ length: 5 }, (_, i) => `asset-${i}`);
    fake.contents.plantAssets(
      'v1',
      names.map((name) => ({ name, bytes: Buffer.from(name) })),
    );
    const [release] = fake.contents.releases();
    const found: string[] = [];
    let next: string | undefined = `releases/${release?.id}/assets?per_page=2`;
    for (let pages = 0; next !== undefined && pages < 9; pages += 1) {
      const answer: Awaited<ReturnType<typeof ask>> = await ask(fake, 'GET', next);
      found.push(...[...answer.text.matchAll(/"name":"([^"]+)"/g)].map(([, name = '']) => name));
      next = /<([^>]+)>; rel="next"/.exec(answer.header('link') ?? '')?.[1];
    }
    expect(found).toEqual(names);
    expect(fake.log).toHaveLength(3);
  });

  test('that broke off stay as starters, which only the list shows', async () => {
    const { id, upload: to } = await makeRelease({ tag_name: 'v1' });
    fake.fail({ kind: 'starter', on: ({ at }) => at === 'uploads' });
    expect((await upload(to, 'a')).status).toBe(502);
    expect((await ask(fake, 'GET', `releases/${id}/assets`)).text).toContain('"state":"starter"');
    expect((await ask(fake, 'GET', `releases/${id}`)).fields['assets']).toEqual([]);
    expect((await upload(to, 'a')).status).toBe(422);
  });
});
