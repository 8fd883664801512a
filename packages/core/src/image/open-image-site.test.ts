import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gitEnv, runGit } from '@waybill/testing/git';
import { type GitHubSite, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { fakeRunContext } from '@waybill/testing/runner';
import { CONFIG_PATH } from '../config/index.ts';
import { CONFIG_DEFAULT, type ConfigPlace, openRepositories } from '../repository/index.ts';
import { type OpenImageSiteOptions, openImageSite } from './open-image-site.ts';
import { parseRecordStores } from './records/open-places.ts';

const SERVER = 'https://github.octo.example';
const PLACE = { host: 'ghcr.io', repository: 'octo-org/app' };
const ANY = 'version: 1\nimages: { ghcr.io/octo-org/app: { adopt: any } }\n';

let github: GitHubSite;
let folder: string;
let closers: (() => void)[];
beforeEach(async () => {
  github = await startGitHubSite({ validate: true });
  folder = mkdtempSync(join(tmpdir(), 'image-site-'));
  closers = [];
});
afterEach(async () => {
  for (const close of closers) close();
  rmSync(folder, { recursive: true, force: true });
  await github.stop();
});

function openAt(store: string, changes: Partial<OpenImageSiteOptions> = {}) {
  const { clock } = github;
  const env = {
    ...gitEnv(),
    GITHUB_SERVER_URL: SERVER,
    GITHUB_API_URL: github.fake.apiUrl,
    GITHUB_GRAPHQL_URL: github.fake.graphqlUrl,
  };
  const context = fakeRunContext({ workspace: folder, home: folder, repository: 'octo-org/app' });
  const machine = { env, home: folder, token: WRITER.secret, clock };
  const repositories = openRepositories({
    ...machine,
    platform: process.platform,
    cwd: folder,
    workFolder: join(folder, 'clones'),
  });
  const quiet = () => undefined;
  const site = openImageSite({
    ...machine,
    context,
    server: SERVER,
    place: PLACE,
    stores: parseRecordStores(store, PLACE, { ...context, server: SERVER, repository: 'octo-org/app' }),
    config: CONFIG_DEFAULT,
    repositories,
    insecureHosts: [],
    secrets: ['hunter22'],
    tempFolder: folder,
    randomHex: (bytes) => 'ab'.repeat(bytes),
    log: { info: quiet, notice: quiet, warning: quiet },
    ...changes,
  });
  closers.push(site.close, repositories.close);
  return site;
}

function plantConfig(text: string): void {
  const commit = github.fake.contents.commit({ files: { [CONFIG_PATH]: text } });
  github.fake.contents.setRef('refs/heads/main', commit);
}

describe('records of images', () => {
  test("are in the run's own repository and beside the image, by the API", async () => {
    const { deps } = openAt('');
    expect(deps.records.map(({ shown, guarantee }) => [shown, guarantee])).toEqual([
      [`${SERVER}/octo-org/app`, 'atomic'],
      ['oci://ghcr.io/octo-org/app-waybill', 'hint'],
    ]);
    await deps.records[0]?.assertWritable();
    expect(github.fake.log.map(({ token, path }) => [token, path])).toEqual([
      ['writer', '/repos/octo-org/app/git/blobs'],
    ]);
  });

  test('ask GitHub whether a run has ended only where there is one that has a token', () => {
    expect(openAt('').deps.hasEnded).toBeDefined();
    expect(openAt('', { token: '' }).deps.hasEnded).toBeUndefined();
    expect(openAt('', { server: undefined }).deps.hasEnded).toBeUndefined();
  });
});

describe('the configuration of images', () => {
  test.each([
    ['the ledger is there', ''],
    ['records are tags alone', 'oci://ghcr.io/octo-org/app-waybill'],
  ])("is that of the default branch of the run's repository where %s", async (_, store) => {
    const { policy } = openAt(store).prepare;
    expect(await policy.read({})).toBeUndefined();
    plantConfig(ANY);
    expect(await policy.read({})).toMatchObject({ images: [{ adopt: 'any' }] });
    expect([policy.shown, policy.isNamed]).toEqual([
      `${CONFIG_PATH} in the default branch of ${SERVER}/octo-org/app`,
      false,
    ]);
  });

  test("is that of the ledger's repository where that is another one", async () => {
    plantConfig('version: 2');
    const ledger = join(folder, 'ledger');
    mkdirSync(join(ledger, '.github'), { recursive: true });
    runGit(ledger, ['init', '-q', '-b', 'main']);
    writeFileSync(join(ledger, CONFIG_PATH), ANY);
    runGit(ledger, ['add', '.']);
    runGit(ledger, ['commit', '-q', '-m', 'a configuration']);
    const { policy } = openAt(`git:${ledger}`).prepare;
    expect(await policy.read({})).toMatchObject({ images: [{ adopt: 'any' }] });
    expect(github.fake.log).toEqual([]);
  });

  test('is none where no repository is known', async () => {
    plantConfig(ANY);
    const { policy } = openAt('oci://ghcr.io/octo-org/app-waybill', { server: undefined }).prepare;
    expect(await policy.read({})).toBeUndefined();
    expect(github.fake.log).toEqual([]);
  });

  test('is what somebody named', async () => {
    const commit = github.fake.contents.commit({ files: { 'waybill.yml': ANY } });
    const config: ConfigPlace = { kind: 'commit', repository: 'octo-org/app', commit, path: 'waybill.yml' };
    const { policy } = openAt('', { config }).prepare;
    expect(await policy.read({})).toMatchObject({ images: [{ adopt: 'any' }] });
    expect(policy.isNamed).toBe(true);
  });
});
