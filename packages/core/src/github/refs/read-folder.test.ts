import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type GitHubSite, startGitHubSite } from '@waybill/testing/github-client';
import { openGitHubRefStore } from './open-github-ref-store.ts';

let site: GitHubSite;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true });
});
afterEach(() => site.stop());

const HUNDRED = Array.from({ length: 120 }, (_, i) => `digests/${String(i % 7).padStart(2, '0')}/${i}.json`);

async function read(commit: string) {
  const found: (readonly [string, string])[] = [];
  for await (const { path, bytes } of openGitHubRefStore(site.client()).files(commit, 'digests')) {
    found.push([path, Buffer.from(bytes).toString('latin1')]);
  }
  return found;
}

test('a hundred files cost some fifty a request', async () => {
  const commit = site.fake.contents.commit({ files: Object.fromEntries(HUNDRED.map((path) => [path, path])) });
  expect(await read(commit)).toEqual([...HUNDRED].sort().map((path) => [path, path]));
  expect(site.fake.log).toHaveLength(2 + 3);
});

test('a tree that is cut is read folder by folder', async () => {
  site.fake.setQuirks({ treeEntries: 5 });
  const files = {
    'digests/ab/1.json': 'a',
    'digests/ab/2.json': 'b',
    'other/x': 'x',
    'z.json': 'z',
    'digests/cd/1.json': 'c',
  };
  const commit = site.fake.contents.commit({ files });
  expect(await read(commit)).toEqual([
    ['digests/ab/1.json', 'a'],
    ['digests/ab/2.json', 'b'],
    ['digests/cd/1.json', 'c'],
  ]);
  expect(site.fake.log.some(({ path }) => path.includes('other'))).toBe(false);
});

test('bytes that are no text come as they are', async () => {
  const every = Uint8Array.from({ length: 256 }, (_, i) => i);
  const commit = site.fake.contents.commit({
    files: { 'digests/a': every, 'digests/b': '\ufeffbom', 'digests/c': Buffer.from([0xff]) },
  });
  expect(await read(commit)).toEqual([
    ['digests/a', Buffer.from(every).toString('latin1')],
    ['digests/b', Buffer.from('\ufeffbom').toString('latin1')],
    ['digests/c', '\u00ff'],
  ]);
});

test('a chain of 250 commits is walked in three requests', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 250; i += 1) {
    ids.push(site.fake.contents.commit({ files: { 'record.json': String(i) }, parents: ids.slice(-1) }));
  }
  const walked: string[] = [];
  for await (const { file } of openGitHubRefStore(site.client()).history(ids.at(-1) ?? '', 'record.json')) {
    walked.push(Buffer.from(file ?? []).toString());
  }
  expect(walked).toEqual(ids.map((_, i) => String(249 - i)));
  expect(site.fake.log).toHaveLength(3);
});

test('a file of 120 commits costs some fifty a request', async () => {
  const ids = Array.from({ length: 120 }, (_, i) => site.fake.contents.commit({ files: { 'record.json': String(i) } }));
  const files = await openGitHubRefStore(site.client()).readFiles(ids, 'record.json');
  expect(files.map((file) => Buffer.from(file ?? []).toString())).toEqual(ids.map((_, i) => String(i)));
  expect(site.fake.log).toHaveLength(3);
});

test('of many commits too, bytes that are no text come as they are, and what is too large is refused', async () => {
  const every = Uint8Array.from({ length: 256 }, (_, i) => i);
  const [binary, large] = [every, Buffer.alloc(4 * 1024 * 1024 + 1, 'x')].map((bytes) =>
    site.fake.contents.commit({ files: { 'record.json': bytes } }),
  );
  const store = openGitHubRefStore(site.client());
  expect(await store.readFiles([binary ?? ''], 'record.json')).toEqual([Buffer.from(every)]);
  await expect(store.readFiles([binary ?? '', large ?? ''], 'record.json')).rejects.toMatchObject({
    code: 'REF_FILE_TOO_LARGE',
  });
});
