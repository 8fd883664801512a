import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubSite, OUTSIDER, startGitHubSite } from '@waybill/testing/github-client';
import { openGitHubHistory } from './open-github-history.ts';
import { openGitHubRefStore } from './refs/open-github-ref-store.ts';

const UNKNOWN = '0123456789abcdef0123456789abcdef01234567';

let site: GitHubSite;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true });
});
afterEach(() => site.stop());

const open = (token?: typeof OUTSIDER) => openGitHubHistory(site.client(token));

describe('commits', () => {
  test('are identical, ahead, behind, diverged or unknown', async () => {
    const { commit } = site.fake.contents;
    const base = commit({ files: { a: '1' } });
    const left = commit({ files: { a: '2' }, parents: [base] });
    const right = commit({ files: { a: '3' }, parents: [base] });
    const alone = commit({ files: { a: '4' } });
    const { compareCommits } = open();
    expect(await compareCommits(base, base)).toBe('identical');
    expect(await compareCommits(base, left)).toBe('ahead');
    expect(await compareCommits(left, base)).toBe('behind');
    expect(await compareCommits(left, right)).toBe('diverged');
    for (const [a, b] of [
      [base, UNKNOWN],
      [UNKNOWN, base],
      [base, alone],
    ] as const) {
      expect(await compareCommits(a, b)).toBe('unknown');
    }
  });

  test('of a repository that the token may not read are an error', async () => {
    site.fake.setQuirks({ missingPermission: 'hidden' });
    const [a, b] = [site.fake.contents.commit({ files: { a: '1' } }), site.fake.contents.commit({ files: { a: '2' } })];
    await expect(open(OUTSIDER).compareCommits(a, b)).rejects.toMatchObject({ code: 'GITHUB_NOT_FOUND', kind: 'user' });
  });

  test.each(['main', '', `${UNKNOWN}~1`])('are named by their ids alone: %j', async (name) => {
    await expect(open().compareCommits(name, UNKNOWN)).rejects.toMatchObject({ code: 'COMMIT_INVALID' });
    expect(site.fake.log).toEqual([]);
  });

  test('with an order that nobody knows are an error', async () => {
    const headers = { 'content-type': 'application/json' };
    site.fake.fail({ kind: 'answer', status: 200, headers, body: '{"status":"sideways"}' });
    await expect(open().compareCommits(UNKNOWN, UNKNOWN.replace('0', '1'))).rejects.toMatchObject({
      code: 'GITHUB_UNREADABLE',
    });
  });
});

describe('files', () => {
  const at = '.github/waybill.yml';

  test('of the default branch come with their commit, in two requests', async () => {
    const commit = site.fake.contents.commit({ files: { [at]: 'version: 1\n' } });
    site.fake.contents.setRef('refs/heads/main', commit);
    const file = await open().readDefaultBranchFile(at);
    expect([file?.commit, Buffer.from(file?.bytes ?? []).toString()]).toEqual([commit, 'version: 1\n']);
    expect(site.fake.log).toHaveLength(2);
  });

  test('that are not there are undefined, also in a repository without a commit', async () => {
    expect(await open().readDefaultBranchFile(at)).toBeUndefined();
    expect(await open().readDefaultBranchFile('README.md/below')).toBeUndefined();
    site.fake.contents.setRef('refs/heads/main', undefined);
    expect(await open().readDefaultBranchFile(at)).toBeUndefined();
  });

  test('of a commit are those of that commit', async () => {
    const commit = site.fake.contents.commit({ files: { a: '1' } });
    expect(Buffer.from((await open().readFile(commit, 'a')) ?? []).toString()).toBe('1');
    await expect(open().readFile(UNKNOWN, 'a')).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
  });

  test('past a megabyte are an error', async () => {
    const most = 'x'.repeat(1024 * 1024);
    const commit = site.fake.contents.commit({ files: { most, more: `${most}x`, huge: most.repeat(5) } });
    expect((await open().readFile(commit, 'most'))?.byteLength).toBe(most.length);
    await expect(open().readFile(commit, 'more')).rejects.toMatchObject({ code: 'FILE_TOO_LARGE', kind: 'user' });
    await expect(open().readFile(commit, 'huge')).rejects.toMatchObject({ code: 'REF_FILE_TOO_LARGE' });
  });

  test.each(['', '../x', 'a/../../git/refs', '/a', 'a?ref=x', 'a#b', 'a//b', 'a b'])(
    'a path that is none is no part of a URL: %j',
    async (path) => {
      await expect(open().readDefaultBranchFile(path)).rejects.toThrow(RangeError);
      expect(site.fake.log.filter(({ method }) => method === 'GET')).toEqual([]);
    },
  );

  test('of a ledger past a megabyte come whole', async () => {
    const large = 'x'.repeat(1024 * 1024 + 1);
    const commit = site.fake.contents.commit({ files: { large } });
    expect((await openGitHubRefStore(site.client()).readFile(commit, 'large'))?.byteLength).toBe(large.length);
  });
});
