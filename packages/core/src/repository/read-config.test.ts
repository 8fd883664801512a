import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gitEnv, runGit } from '@waybill/testing/git';
import { type GitHubSite, OUTSIDER, READER, startGitHubSite } from '@waybill/testing/github-client';
import { createFakeRunner } from '@waybill/testing/runner';
import { CONFIG_PATH } from '../config/index.ts';
import { digestOf } from '../oci/index.ts';
import { InputReader } from '../runner/index.ts';
import {
  CONFIG_DEFAULT,
  namesCommit,
  openRepositories,
  parseConfigPlace,
  readConfig,
  readConfigInput,
  showConfigPlace,
} from './index.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const SERVER = 'https://github.octo.example';
const TEXT = 'version: 1\nimages: { ghcr.io/octo-org/app: { adopt: any } }\n';

describe('the place of a configuration', () => {
  test('is the default branch without a word', () => {
    expect([parseConfigPlace(''), parseConfigPlace(' ')]).toEqual([CONFIG_DEFAULT, CONFIG_DEFAULT]);
    expect(showConfigPlace(CONFIG_DEFAULT, 'the ledger')).toBe(`${CONFIG_PATH} in the default branch of the ledger`);
  });

  test('is a file of a commit of another repository', () => {
    const text = `octo-org/policies@${SHA}:strict/waybill.yml`;
    const place = parseConfigPlace(text);
    expect(place).toEqual({
      kind: 'commit',
      repository: 'octo-org/policies',
      commit: SHA,
      path: 'strict/waybill.yml',
    });
    expect([showConfigPlace(place), namesCommit(text)]).toEqual([text, true]);
  });

  test.each([
    ['.github/waybill.yml', 'it is not OWNER/REPO@COMMIT:PATH'],
    ['octo-org/policies@main:waybill.yml', 'a branch or a tag may move'],
    [`octo-org/policies@${SHA.slice(0, 12)}:waybill.yml`, 'all of its 40 lower-case hex characters'],
    [`octo-org@${SHA}:waybill.yml`, 'it names no repository'],
    [`octo-org/policies@${SHA}:../waybill.yml`, 'the path has other characters'],
    [`octo-org/policies@${SHA}:/etc/passwd`, 'the path has other characters'],
    [`octo-org/policies@${SHA}:`, 'it is not OWNER/REPO@COMMIT:PATH'],
  ])('is not %s', (text, why) => {
    const expected = { code: 'CONFIG_PLACE_INVALID', kind: 'user', message: expect.stringContaining(why) };
    expect(() => parseConfigPlace(text)).toThrow(expect.objectContaining(expected));
    const reader = new InputReader(createFakeRunner({ inputs: { config: text } }));
    expect(readConfigInput(reader, 'config')).toEqual(CONFIG_DEFAULT);
    expect(() => reader.finish()).toThrow(expect.objectContaining({ message: expect.stringContaining(why) }));
  });
});

describe('a configuration', () => {
  let site: GitHubSite;
  let folder: string;
  beforeEach(async () => {
    site = await startGitHubSite({ validate: true });
    folder = mkdtempSync(join(tmpdir(), 'read-config-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await site.stop();
  });

  const openAt = (token = READER, env?: Readonly<Record<string, string | undefined>>) =>
    openRepositories({
      env: env ?? {
        GITHUB_SERVER_URL: SERVER,
        GITHUB_API_URL: site.fake.apiUrl,
        GITHUB_GRAPHQL_URL: site.fake.graphqlUrl,
      },
      platform: process.platform,
      home: folder,
      cwd: folder,
      token: token.secret,
      workFolder: join(folder, 'clones'),
      clock: site.clock,
    });
  const digest = digestOf(Buffer.from(TEXT));

  test('of the default branch comes by the API with its commit and digest', async () => {
    const repositories = openAt();
    const ledger = repositories.open(`${SERVER}/octo-org/app`);
    expect(await readConfig(CONFIG_DEFAULT, { repositories, ledger })).toBeUndefined();
    const commit = site.fake.contents.commit({ files: { [CONFIG_PATH]: TEXT } });
    site.fake.contents.setRef('refs/heads/main', commit);
    expect(await readConfig(CONFIG_DEFAULT, { repositories, ledger })).toMatchObject({
      config: { file: CONFIG_PATH, images: [{ adopt: 'any' }] },
      recorded: { commit, digest },
    });
    repositories.close();
  });

  test('is none where nothing keeps a ledger', async () => {
    expect(await readConfig(CONFIG_DEFAULT, { repositories: openAt(), ledger: undefined })).toBeUndefined();
  });

  test('of a commit is read by the API, whatever the default branch has', async () => {
    const repositories = openAt();
    const commit = site.fake.contents.commit({ files: { 'strict/waybill.yml': TEXT } });
    const place = parseConfigPlace(`octo-org/app@${commit}:strict/waybill.yml`);
    expect(await readConfig(place, { repositories, ledger: undefined })).toMatchObject({
      config: { file: showConfigPlace(place) },
      recorded: { commit, digest },
    });
    for (const wrong of [`octo-org/app@${commit}:other.yml`, `octo-org/app@${SHA}:strict/waybill.yml`])
      await expect(readConfig(parseConfigPlace(wrong), { repositories, ledger: undefined })).rejects.toMatchObject({
        code: 'CONFIG_MISSING',
        kind: 'user',
        message: expect.stringContaining(wrong),
      });
    repositories.close();
  });

  test('that the token may not read is an error that names what is needed', async () => {
    const repositories = openAt(OUTSIDER);
    const ledger = repositories.open(`${SERVER}/octo-org/app`);
    await expect(readConfig(CONFIG_DEFAULT, { repositories, ledger })).rejects.toMatchObject({
      code: 'GITHUB_NOT_FOUND',
      hint: expect.stringContaining('contents: read'),
    });
    repositories.close();
  });

  test('of a commit comes by git where there is no API', async () => {
    const work = join(folder, 'octo-org', 'policies');
    mkdirSync(work, { recursive: true });
    runGit(work, ['init', '-q', '-b', 'main']);
    writeFileSync(join(work, 'waybill.yml'), TEXT);
    runGit(work, ['add', '.']);
    runGit(work, ['commit', '-q', '-m', 'a policy']);
    const commit = runGit(work, ['rev-parse', 'HEAD']);
    const repositories = { ...openAt(READER, gitEnv()), addressOf: (name: string) => join(folder, name) };
    const place = parseConfigPlace(`octo-org/policies@${commit}:waybill.yml`);
    expect(await readConfig(place, { repositories, ledger: undefined })).toMatchObject({
      recorded: { commit, digest },
    });
    const missing = parseConfigPlace(`octo-org/policies@${SHA}:waybill.yml`);
    await expect(readConfig(missing, { repositories, ledger: undefined })).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
    });
  });

  test('of a file of this machine has a digest and no commit', async () => {
    const path = join(folder, 'waybill.yml');
    const deps = { repositories: openAt(), ledger: undefined };
    await expect(readConfig({ kind: 'file', path }, deps)).rejects.toMatchObject({ code: 'CONFIG_MISSING' });
    writeFileSync(path, TEXT);
    expect((await readConfig({ kind: 'file', path }, deps))?.recorded).toEqual({ digest });
  });
});
