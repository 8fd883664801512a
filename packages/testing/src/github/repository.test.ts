import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ask, READER, WRITER } from './asking.ts';
import { type FakeGitHub, startFakeGitHub } from './index.ts';

let now = Date.parse('2026-11-25T12:00:00Z');
let fake: FakeGitHub;
beforeEach(async () => {
  now = Date.parse('2026-11-25T12:00:00Z');
  fake = await startFakeGitHub({ validate: true, tokens: [WRITER, READER], clock: () => now });
});
afterEach(() => fake.stop());

test('comments are made, listed, changed and deleted', async () => {
  const made = await ask(fake, 'POST', 'issues/7/comments', { body: { body: 'one' } });
  const at = `issues/comments/${String(made.fields['id'])}`;
  expect([made.status, made.fields['user']]).toEqual([201, expect.objectContaining({ login: 'github-actions[bot]' })]);
  expect((await ask(fake, 'PATCH', at, { body: { body: 'two' } })).fields).toMatchObject({ body: 'two' });
  expect((await ask(fake, 'GET', 'issues/7/comments')).text).toContain('"body":"two"');
  expect((await ask(fake, 'GET', 'issues/8/comments')).json).toEqual([]);
  expect((await ask(fake, 'GET', at, { token: READER })).status).toBe(403);
  expect((await ask(fake, 'DELETE', at)).status).toBe(204);
  expect(fake.contents.comments(7)).toEqual([]);
});

test('versions of packages are listed, deleted and restored', async () => {
  fake.contents.plantVersion('app', 'sha256:1', ['dev']);
  fake.contents.plantVersion('app', 'sha256:2', []);
  const base = '/orgs/octo-org/packages/container/app/versions';
  const all = await ask(fake, 'GET', `${base}?state=active&per_page=100`);
  expect(all.json).toMatchObject([
    { name: 'sha256:2' },
    { name: 'sha256:1', metadata: { package_type: 'container', container: { tags: ['dev'] } } },
  ]);
  const [, id] = /"id":(\d+)/.exec(all.text) ?? [];
  expect((await ask(fake, 'DELETE', `${base}/${id}`, { token: READER })).status).toBe(403);
  expect((await ask(fake, 'DELETE', `${base}/${id}`)).status).toBe(204);
  expect((await ask(fake, 'DELETE', `${base}/${id}`)).status).toBe(404);
  expect((await ask(fake, 'GET', `${base}?state=deleted`)).json).toMatchObject([{ name: 'sha256:2' }]);
  expect((await ask(fake, 'POST', `${base}/${id}/restore`)).status).toBe(204);
  expect((await ask(fake, 'GET', `${base}/${id}`)).fields).toMatchObject({ name: 'sha256:2' });
  expect((await ask(fake, 'GET', base.replace('/app/', '/other/'))).status).toBe(404);
});

test('runs tell of their newest attempt, or of one', async () => {
  fake.contents.plantRun({ id: 5, attempt: 1, status: 'completed' });
  fake.contents.plantRun({ id: 5, attempt: 2, status: 'in_progress' });
  expect((await ask(fake, 'GET', 'actions/runs/5')).fields).toMatchObject({ run_attempt: 2, status: 'in_progress' });
  expect((await ask(fake, 'GET', 'actions/runs/5/attempts/1')).fields).toMatchObject({ status: 'completed' });
  expect((await ask(fake, 'GET', 'actions/runs/6')).status).toBe(404);
  expect((await ask(fake, 'GET', 'actions/runs/5', { token: READER })).status).toBe(403);
});

describe('limits', () => {
  test('the primary one is told with every answer, and holds for an hour', async () => {
    fake.setRemaining(1);
    const last = await ask(fake, 'GET', 'git/ref/heads/main');
    expect([last.status, last.header('x-ratelimit-remaining')]).toEqual([200, '0']);
    const refused = await ask(fake, 'GET', 'git/ref/heads/main');
    expect([refused.status, refused.header('x-ratelimit-reset')]).toEqual([403, String((now + 3_600_000) / 1000)]);
    expect((await ask(fake, 'GET', '/rate_limit')).fields).toMatchObject({ rate: { remaining: 0, limit: 5000 } });
    now += 3_600_000;
    expect((await ask(fake, 'GET', 'git/ref/heads/main')).status).toBe(200);
  });

  test('the secondary one comes in both spellings', async () => {
    fake.fail({ kind: 'secondary-limit', retryAfter: 7 });
    fake.fail({ kind: 'secondary-limit' });
    const answers = [await ask(fake, 'GET', 'releases'), await ask(fake, 'GET', 'releases')];
    expect(answers.map(({ status, header }) => [status, header('retry-after')])).toEqual([
      [403, '7'],
      [403, null],
    ]);
    for (const { fields } of answers) expect(fields['message']).toContain('exceeded a secondary rate limit');
  });
});

describe('faults', () => {
  const create = () =>
    ask(fake, 'POST', 'git/refs', { body: { ref: 'refs/waybill/a', sha: fake.contents.ref('refs/heads/main') } });
  const isMade = () => fake.contents.ref('refs/waybill/a') !== undefined;

  test.each([
    ['reset', false],
    ['lost', true],
    ['cut', true],
  ] as const)('%s: the caller gets no whole answer, and it was done: %s', async (kind, done) => {
    fake.fail({ kind });
    await expect(create()).rejects.toThrow();
    expect(isMade()).toBe(done);
    expect((await ask(fake, 'GET', 'git/ref/heads/main')).status).toBe(200);
  });

  test('a bad gateway may have done it, an answer never has', async () => {
    fake.fail({ kind: 'answer', status: 500, body: 'no' });
    expect([(await create()).status, isMade()]).toEqual([500, false]);
    fake.fail({ kind: 'bad-gateway' });
    expect([(await create()).status, isMade()]).toEqual([502, true]);
  });

  test.each(['silence', 'stall'] as const)('%s: nothing comes any more', async (kind) => {
    fake.fail({ kind });
    const signal = AbortSignal.timeout(200);
    const request = fetch(`${fake.apiUrl}/repos/${fake.repository}/releases`, {
      headers: { authorization: `token ${WRITER.secret}` },
      signal,
    });
    await expect(request.then((response) => response.text())).rejects.toThrow();
  });

  test('meet the requests that they are for, so often as they should', async () => {
    fake.fail({ kind: 'answer', status: 503, times: 2, on: ({ path }) => path.endsWith('/releases') });
    const statuses = [];
    for (const path of ['git/ref/heads/main', 'releases', 'releases', 'releases']) {
      statuses.push((await ask(fake, 'GET', path)).status);
    }
    expect(statuses).toEqual([200, 503, 503, 200]);
    fake.fail({ kind: 'delay', ms: 5 });
    expect((await ask(fake, 'GET', 'releases')).status).toBe(200);
  });
});

test('what is not as described fails the test: the answer is 500, and the stand-in does not stop in peace', async () => {
  const other = await startFakeGitHub({ validate: true, tokens: [WRITER] });
  const answer = await ask(other, 'GET', 'git/ref/heads/main?unknown=1');
  expect([answer.status, answer.fields['message']]).toEqual([500, expect.stringContaining('the query has unknown')]);
  await expect(other.stop()).rejects.toThrow('the query has unknown');
});

test('it can be laid out as GitHub Enterprise Server', async () => {
  const host = await startFakeGitHub({ validate: true, tokens: [WRITER], quirks: { layout: 'host' } });
  expect([host.apiUrl, host.graphqlUrl].map((url) => new URL(url).pathname)).toEqual(['/api/v3', '/api/graphql']);
  expect((await ask(host, 'GET', 'git/ref/heads/main')).status).toBe(200);
  const made = await ask(host, 'POST', 'releases', { body: { tag_name: 'v1' } });
  expect(made.fields['upload_url']).toContain('/api/uploads/repos/octo-org/app/releases/');
  await host.stop();
});
