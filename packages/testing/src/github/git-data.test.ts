import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ask, NOBODY, READER, WRITER } from './asking.ts';
import { type FakeGitHub, startFakeGitHub } from './index.ts';
import { recordOf } from './route.ts';

// Every exchange of these tests is held to GitHub's description: `stop` rejects where one was not as described.

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub({ validate: true, tokens: [WRITER, READER, NOBODY] });
});
afterEach(() => fake.stop());

const PERSON = { name: 'A', email: 'a@example.com', date: '2026-01-02T03:04:05Z' };

async function plantCommit(message = 'one', parents: readonly string[] = []) {
  const tree = await ask(fake, 'POST', 'git/trees', {
    body: { tree: [{ path: 'a/b.txt', mode: '100644', type: 'blob', content: 'hello\n' }] },
  });
  const body = { message, tree: tree.fields['sha'], parents, author: PERSON, committer: PERSON };
  const commit = await ask(fake, 'POST', 'git/commits', { body });
  expect([tree.status, commit.status]).toEqual([201, 201]);
  return { tree: String(tree.fields['sha']), commit: String(commit.fields['sha']) };
}

describe('git objects', () => {
  test('have the ids that git gives them', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'objects-'));
    try {
      const git = (args: string[], input: string) =>
        execFileSync('git', args, {
          cwd: folder,
          input,
          encoding: 'utf8',
          env: { ...process.env, ...GIT_PERSON },
        }).trim();
      git(['init', '-q'], '');
      const { tree, commit } = await plantCommit();
      const blob = git(['hash-object', '-w', '--stdin'], 'hello\n');
      const inner = git(['mktree'], `100644 blob ${blob}\tb.txt\n`);
      expect(tree).toBe(git(['mktree'], `040000 tree ${inner}\ta\n`));
      expect(commit).toBe(git(['commit-tree', tree], 'one'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('come back as they went in', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i));
    const made = await ask(fake, 'POST', 'git/blobs', {
      body: { content: bytes.toString('base64'), encoding: 'base64' },
    });
    const got = await ask(fake, 'GET', `git/blobs/${String(made.fields['sha'])}`);
    expect(Buffer.from(String(got.fields['content']), 'base64').equals(bytes)).toBe(true);
    const { tree, commit } = await plantCommit();
    const recursive = await ask(fake, 'GET', `git/trees/${tree}?recursive=1`);
    expect(recursive.text).toContain('"path":"a/b.txt"');
    expect((await ask(fake, 'GET', `git/commits/${commit}`)).fields['message']).toBe('one');
  });

  test('a tree on another keeps what it does not name', async () => {
    const { tree } = await plantCommit();
    const body = { base_tree: tree, tree: [{ path: 'a/c.txt', mode: '100644', type: 'blob', content: 'more' }] };
    const made = await ask(fake, 'POST', 'git/trees', { body });
    const all = await ask(fake, 'GET', `git/trees/${String(made.fields['sha'])}?recursive=1`);
    expect([...all.text.matchAll(/"path":"([^"]+)"/g)].map(([, found]) => found)).toEqual(['a', 'a/b.txt', 'a/c.txt']);
  });

  test('a recursive tree of too many entries says that it was cut', async () => {
    fake.setQuirks({ treeEntries: 1 });
    const { tree } = await plantCommit();
    expect((await ask(fake, 'GET', `git/trees/${tree}?recursive=1`)).fields).toMatchObject({ truncated: true });
  });

  test.each([
    ['git/trees', { tree: [] }],
    ['git/trees', { tree: [{ path: '.git/config', mode: '100644', type: 'blob', content: 'x' }] }],
    ['git/trees', { base_tree: 'no', tree: [{ path: 'a', mode: '100644', type: 'blob', content: 'x' }] }],
    ['git/commits', { message: 'm', tree: '0123456789012345678901234567890123456789' }],
  ])('a wrong one is 422: %s %j', async (at, body) => {
    expect((await ask(fake, 'POST', at, { body })).status).toBe(422);
  });
});

const GIT_PERSON = {
  GIT_AUTHOR_NAME: PERSON.name,
  GIT_AUTHOR_EMAIL: PERSON.email,
  GIT_AUTHOR_DATE: PERSON.date,
  GIT_COMMITTER_NAME: PERSON.name,
  GIT_COMMITTER_EMAIL: PERSON.email,
  GIT_COMMITTER_DATE: PERSON.date,
};

describe('refs', () => {
  test('are created once, found alone and by what they start with, moved forward, deleted', async () => {
    const { commit: first } = await plantCommit('one');
    const { commit: second } = await plantCommit('two', [first]);
    const create = (sha: string) => ask(fake, 'POST', 'git/refs', { body: { ref: 'refs/waybill/a/b', sha } });
    expect([(await create(first)).status, (await create(first)).status]).toEqual([201, 422]);
    expect((await ask(fake, 'GET', 'git/ref/waybill/a/b')).fields).toMatchObject({ object: { sha: first } });
    expect((await ask(fake, 'GET', 'git/ref/waybill/a')).status).toBe(404);
    expect((await ask(fake, 'GET', 'git/matching-refs/waybill/a')).text).toContain('refs/waybill/a/b');
    expect((await ask(fake, 'GET', 'git/matching-refs/waybill/b')).json).toEqual([]);
    const move = (sha: string) => ask(fake, 'PATCH', 'git/refs/waybill/a/b', { body: { sha, force: false } });
    expect((await move(second)).fields).toMatchObject({ object: { sha: second } });
    expect((await move(first)).fields).toMatchObject({ message: 'Update is not a fast forward' });
    expect((await ask(fake, 'DELETE', 'git/refs/waybill/a/b')).status).toBe(204);
    expect((await ask(fake, 'DELETE', 'git/refs/waybill/a/b')).status).toBe(422);
  });

  test.each([
    ['waybill/a', 'must start with'],
    ['refs/a', 'must start with'],
    ['refs/waybill/a..b', 'not a valid ref name'],
    ['refs/waybill/a b', 'not a valid ref name'],
    ['refs/heads/main', 'already exists'],
    ['refs/heads/main/below', 'cannot be created'],
  ])('a wrong one is 422: %s', async (ref, message) => {
    const { commit } = await plantCommit();
    const made = await ask(fake, 'POST', 'git/refs', { body: { ref, sha: commit } });
    expect([made.status, made.text]).toEqual([422, expect.stringContaining(message)]);
  });

  test('to a commit that is not there are 422', async () => {
    const sha = '0123456789012345678901234567890123456789';
    const made = await ask(fake, 'POST', 'git/refs', { body: { ref: 'refs/waybill/a', sha } });
    expect([made.status, made.fields['message']]).toEqual([422, 'Object does not exist']);
  });

  test('that a ruleset keeps are refused', async () => {
    fake.setQuirks({ refuseRef: (ref) => ref.startsWith('refs/tags/') });
    const { commit } = await plantCommit();
    const make = (ref: string) => ask(fake, 'POST', 'git/refs', { body: { ref, sha: commit } });
    expect((await make('refs/tags/a')).text).toContain('Repository rule violations found');
    expect((await make('refs/waybill/a')).status).toBe(201);
  });

  test('lag behind, if they are told to', async () => {
    const { commit } = await plantCommit();
    fake.setQuirks({ staleReads: 2 });
    await ask(fake, 'POST', 'git/refs', { body: { ref: 'refs/waybill/a', sha: commit } });
    const read = async () => (await ask(fake, 'GET', 'git/ref/waybill/a')).status;
    expect([await read(), await read(), await read()]).toEqual([404, 404, 200]);
  });

  test('no ref is created in an empty repository', async () => {
    const { commit } = await plantCommit();
    fake.contents.setRef('refs/heads/main', undefined);
    expect((await ask(fake, 'POST', 'git/refs', { body: { ref: 'refs/waybill/a', sha: commit } })).status).toBe(409);
  });
});

describe('files', () => {
  test('are read from the default branch, or from what `ref` names', async () => {
    const { commit } = await plantCommit();
    const read = (at: string) => ask(fake, 'GET', `contents/${at}`);
    expect(Buffer.from(String((await read('README.md')).fields['content']), 'base64').toString()).toBe('# app\n');
    expect((await read(`a/b.txt?ref=${commit}`)).fields).toMatchObject({ type: 'file', size: 6, encoding: 'base64' });
    expect((await read('a/b.txt')).fields['message']).toBe('Not Found');
    expect((await read('a/b.txt?ref=nothing')).fields['message']).toContain('No commit found for the ref');
    expect(Array.isArray((await read(`a?ref=${commit}`)).json)).toBe(true);
    const raw = await ask(fake, 'GET', `contents/a/b.txt?ref=${commit}`, { accept: 'application/vnd.github.raw+json' });
    expect(raw.text).toBe('hello\n');
  });

  test('of more than a megabyte come without their content', async () => {
    const commit = fake.contents.commit({ files: { large: 'x'.repeat(1024 * 1024 + 1) } });
    const read = await ask(fake, 'GET', `contents/large?ref=${commit}`);
    expect(read.fields).toMatchObject({ encoding: 'none', content: '', size: 1024 * 1024 + 1 });
  });

  test('commits are compared', async () => {
    const [base] = [fake.contents.commit({ files: { a: '1' } })];
    const left = fake.contents.commit({ files: { a: '2' }, parents: [base] });
    const right = fake.contents.commit({ files: { a: '3' }, parents: [base] });
    const alone = fake.contents.commit({ files: { a: '4' } });
    const status = async (from: string, to: string) =>
      (await ask(fake, 'GET', `compare/${from}...${to}`)).fields['status'];
    expect(await status(base, base)).toBe('identical');
    expect(await status(base, left)).toBe('ahead');
    expect(await status(left, base)).toBe('behind');
    expect(await status(left, right)).toBe('diverged');
    expect((await ask(fake, 'GET', `compare/${base}...${alone}`)).status).toBe(404);
  });
});

describe('tokens', () => {
  test('a permission that is missing is told with 403, or hidden behind 404', async () => {
    const make = () => ask(fake, 'POST', 'git/blobs', { token: READER, body: { content: 'x' } });
    const told = await make();
    expect([told.status, told.header('x-accepted-github-permissions')]).toEqual([403, 'contents=write']);
    fake.setQuirks({ missingPermission: 'hidden' });
    expect((await make()).status).toBe(404);
  });

  test('every token sees the repository, and one without contents no more than that', async () => {
    const repository = await ask(fake, 'GET', `/repos/${fake.repository}`, { token: NOBODY });
    expect(repository.fields).toMatchObject({ default_branch: 'main', full_name: 'octo-org/app' });
    expect((await ask(fake, 'GET', 'git/ref/heads/main', { token: NOBODY })).status).toBe(403);
  });

  test('an unknown one is 401, and the log knows whose came, never which', async () => {
    const stranger = { name: 'stranger', secret: 'ghs_strangerstranger', permissions: {} };
    expect((await ask(fake, 'GET', 'git/ref/heads/main', { token: stranger })).status).toBe(401);
    await ask(fake, 'GET', 'git/ref/heads/main', { token: READER });
    await ask(fake, 'GET', `contents/README.md?ref=${READER.secret}`, { token: READER });
    expect(fake.log.map(({ token, leaked }) => [token, leaked])).toEqual([
      ['unknown', false],
      ['reader', false],
      ['reader', true],
    ]);
    expect(JSON.stringify(fake.log.slice(0, 2))).not.toContain(READER.secret);
  });
});

test('another repository is not there', async () => {
  expect((await ask(fake, 'GET', '/repos/octo-org/other/git/ref/heads/main')).status).toBe(404);
  expect(recordOf((await ask(fake, 'GET', '/nothing')).json)).toMatchObject({ message: 'Not Found' });
});
