import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gitEnv, runGit } from '@waybill/testing/git';
import { type GitHubSite, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { openRepositories } from './index.ts';

let site: GitHubSite;
let folder: string;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true });
  folder = mkdtempSync(join(tmpdir(), 'repositories-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await site.stop();
});

const SERVER = 'https://github.octo.example';

/** A machine where there is no git program. */
function openAt(changes: { env?: Readonly<Record<string, string | undefined>>; token?: string } = {}) {
  const { env, token = WRITER.secret } = changes;
  return openRepositories({
    env: env ?? {
      GITHUB_SERVER_URL: SERVER,
      GITHUB_API_URL: site.fake.apiUrl,
      GITHUB_GRAPHQL_URL: site.fake.graphqlUrl,
    },
    platform: process.platform,
    home: folder,
    cwd: folder,
    token,
    workFolder: join(folder, 'clones'),
    clock: site.clock,
  });
}

describe('a repository', () => {
  test.each([`${SERVER}/octo-org/app`, `${SERVER}/octo-org/app.git`, `${SERVER}/octo-org/app/`])(
    "of the run's GitHub is reached by its API, without git: %s",
    async (place) => {
      const repositories = openAt();
      const repository = repositories.open(place);
      expect(repository).toMatchObject({ by: 'api', shown: place.replace(/\/$/, '') });
      expect(await repository.isMissing()).toBe(false);
      const { refs } = repository;
      const commit = await refs.commit({ files: { 'record.json': Buffer.from('{}') }, message: 'a record' });
      expect(await refs.move('refs/waybill/x', commit, { expected: undefined })).toBe(true);
      expect(site.fake.contents.ref('refs/waybill/x')).toBe(commit);
      expect(await repository.compareCommits(commit, commit)).toBe('identical');
      repositories.close();
    },
  );

  test.each([
    ['the address is of another host', {}, 'https://gitlab.example/octo-org/app'],
    ['the address is no web address', {}, 'git@github.octo.example:octo-org/app.git'],
    ['the address is of something else of that host', {}, `${SERVER}/octo-org/app/wiki`],
    ['it is a path', {}, './ledger.git'],
    ['there is no token', { token: '' }, `${SERVER}/octo-org/app`],
    ['nobody says where the API is', { env: { GITHUB_SERVER_URL: SERVER } }, `${SERVER}/octo-org/app`],
  ])('is reached by git where %s', (_, changes, place) => {
    const repositories = openAt(changes);
    expect(repositories.open(place)).toMatchObject({ by: 'git', github: undefined });
    expect(site.fake.log).toEqual([]);
    repositories.close();
  });

  test('of github.com needs no word for its API', () => {
    const repositories = openAt({ env: {} });
    const { by, github } = repositories.open('https://github.com/octo-org/app');
    expect([by, github?.urls.api]).toEqual(['api', 'https://api.github.com']);
  });

  test('is the same object for the same place, and has one client however it is spelled', () => {
    const repositories = openAt();
    const first = repositories.open(`${SERVER}/octo-org/app`);
    expect(repositories.open(`${SERVER}/octo-org/app/`)).toBe(first);
    expect(repositories.open(`${SERVER}/Octo-Org/app.git`).github).toBe(first.github);
    expect(repositories.github('octo-org/app')).toBe(first.github);
    expect(repositories.open('./a').shown).toBe(join(folder, 'a'));
  });

  test('that is a path is missing where nothing stands and nothing shall', async () => {
    const repositories = openAt();
    expect(await repositories.open('./nothing.git').isMissing()).toBe(true);
    expect(await repositories.open('./nothing.git', { create: true }).isMissing()).toBe(false);
    mkdirSync(join(folder, 'here.git'));
    expect(await repositories.open('./here.git').isMissing()).toBe(false);
  });

  test('that is a path is read by git', async () => {
    runGit(folder, ['init', '-q', '--bare', 'ledger.git']);
    const { refs } = openAt({ env: gitEnv() }).open('./ledger.git');
    const commit = await refs.commit({ files: { 'record.json': Buffer.from('{}') }, message: 'a record' });
    await refs.move('refs/waybill/x', commit, { expected: undefined });
    expect(runGit(join(folder, 'ledger.git'), ['rev-parse', 'refs/waybill/x'])).toBe(commit);
  });
});

describe('the client of a repository', () => {
  test('needs no token for what is public', async () => {
    const repositories = openAt({ token: '' });
    const github = repositories.github('octo-org/app');
    const parse = (json: unknown) => json;
    await github?.rest('GET /releases', {}, parse, { needs: 'contents: read' });
    expect(site.fake.log.map(({ token }) => token)).toEqual(['none']);
    repositories.close();
  });

  test('is not there where nobody says where the API is', () => {
    expect(openAt({ env: { GITHUB_SERVER_URL: SERVER } }).github('octo-org/app')).toBeUndefined();
  });

  test('is of OWNER/REPO alone', () => {
    expect(() => openAt().github('octo-org')).toThrow(expect.objectContaining({ code: 'GITHUB_REPOSITORY_INVALID' }));
  });
});

test('a look that may take no longer gives up on a GitHub that says nothing', async () => {
  const repositories = openAt();
  site.fake.fail({ kind: 'silence', times: 100 });
  const look = repositories.github('octo-org/app', 50)?.rest('GET /actions/runs/1', {}, (json) => json, { needs: '' });
  await expect(look).rejects.toMatchObject({ code: 'HTTP_TIMEOUT_ANSWER' });
  repositories.close();
});
