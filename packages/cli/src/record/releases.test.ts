import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '@waybill/core/content';
import { openReleaseLog } from '@waybill/core/github';
import { buildFiledAs, encodeBuildStatement, factsOfBuild } from '@waybill/core/image';
import { statementName } from '@waybill/core/intoto';
import type { BuildRecord } from '@waybill/core/ledger';
import { createLedger } from '@waybill/core/ledger';
import { openPromotionSite } from '@waybill/core/promote';
import { openRepositories, type Repositories } from '@waybill/core/repository';
import type { RunContext } from '@waybill/core/runner';
import { createFakeSnapshots } from '@waybill/testing/cache';
import { type GitHubSite, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { listAll } from '@waybill/testing/statement-log-suite';
import { createOpenImages, createOpenReleases, readFacts } from '../session/index.ts';
import { createPrinter } from '../terminal/index.ts';
import { type Trial, tryProgram } from '../testing/index.ts';

const SERVER = 'https://github.octo.example';
const STORE = ['--store', `git:${SERVER}/octo-org/app`];
const RELEASES = ['--releases', 'release://octo-org/app'];
const COMMIT = 'c'.repeat(40);

let stage: PromotionStage;
let site: GitHubSite;
let folder: string;
let repositories: Repositories;
beforeEach(async () => {
  stage = await openPromotionStage();
  site = await startGitHubSite({ validate: true, primaryLimit: 100_000, quirks: { layout: 'host' } });
  folder = mkdtempSync(join(tmpdir(), 'waybill-cli-record-'));
  repositories = openRepositories({ ...machine(), cwd: folder, workFolder: join(folder, 'clones'), clock: site.clock });
});
afterEach(async () => {
  repositories.close();
  rmSync(folder, { recursive: true });
  await stage.stop();
  await site.stop();
});

const machine = () => ({
  env: {
    GITHUB_SERVER_URL: SERVER,
    GITHUB_API_URL: site.fake.apiUrl,
    GITHUB_GRAPHQL_URL: site.fake.graphqlUrl,
    GITHUB_TOKEN: WRITER.secret,
  },
  platform: process.platform,
  home: folder,
  token: WRITER.secret,
});
const log = () => openReleaseLog(site.client(WRITER, { writeGapMs: 0 }));
const ledger = () => createLedger(repositories.open(`${SERVER}/octo-org/app`).refs);
const file = (record: BuildRecord) => log().append(encodeBuildStatement(record), factsOfBuild(record));
const nameOf = (record: BuildRecord) => statementName(buildFiledAs(record).name);

/** A machine off GitHub whose environment knows where GitHub's API is. */
const waybill = (...args: readonly string[]): Promise<Trial> => waybillIn({}, ...args);

async function waybillIn(run: Partial<RunContext>, ...args: readonly string[]): Promise<Trial> {
  const { env, home, token } = machine();
  const local = readFacts({ env: { HOME: folder }, platform: 'linux', arch: 'x64', cwd: () => folder });
  const context = { ...local, ...run };
  const quiet = { write: () => true };
  const print = createPrinter({ stdout: quiet, stderr: quiet, env, now: site.clock.now, json: false, quiet: false });
  const closers: (() => void)[] = [];
  const opened = async () => ({ repositories, folder });
  const trial = await tryProgram(args, {
    store: createMemoryStore({ clock: site.clock.now }),
    snapshots: createFakeSnapshots('tree'),
    context,
    now: site.clock.now,
    openImages: createOpenImages({
      context,
      onGithub: false,
      server: SERVER,
      env,
      print,
      signal: new AbortController().signal,
      openRepositories: opened,
      atEnd: (close) => void closers.push(close),
    }),
    openReleases: createOpenReleases({ context, openRepositories: opened }),
    openPromotions: async () => {
      const promotions = openPromotionSite({
        env,
        home,
        repositories,
        ledger: `${SERVER}/octo-org/app`,
        create: false,
        config: { kind: 'default-branch' },
        token,
        insecureHosts: [],
        run: {
          ref: undefined,
          actor: 'octocat',
          repository: undefined,
          workflow: undefined,
          runId: undefined,
          runAttempt: undefined,
        },
        clock: site.clock,
        log: print,
      });
      closers.push(promotions.close);
      return promotions;
    },
  });
  for (const close of closers) close();
  return trial;
}

/** An image that was built and recorded; its statement is not filed yet. */
async function recorded(note: string, changes: Partial<BuildRecord> = {}): Promise<BuildRecord> {
  const { descriptor } = (await stage.push(note)).root;
  const record: BuildRecord = {
    schemaVersion: 1,
    kind: 'build',
    image: stage.image,
    identity: note.padEnd(64, '0'),
    digest: descriptor.digest,
    recordedAt: '2026-11-25T12:00:00.000Z',
    commit: COMMIT,
    ref: 'refs/heads/main',
    runId: '7',
    ...changes,
  };
  await ledger().builds.put(record);
  return record;
}

describe('what is filed in releases', () => {
  test('is listed and shown without the ledger', async () => {
    const record = await recorded('a');
    await file(record);
    const list = await waybill('record', 'list', stage.image, ...RELEASES);
    expect(list.code).toBe(0);
    expect(list.out).toContain(`a00000000000  ${record.digest}  cccccccccccc`);
    const show = await waybill('record', 'show', `${stage.image}@${record.digest}`, ...RELEASES, '--json');
    expect(show.json()).toMatchObject({
      image: stage.image,
      records: [
        { records: 'release://octo-org/app', release: 'waybill/provenance/2026-11', asset: nameOf(record), record },
      ],
      findings: [],
    });
    expect(
      await waybill('record', 'show', `${stage.image}@${record.digest}`, ...RELEASES, '--commit', COMMIT),
    ).toMatchObject({
      code: 0,
    });
  });

  test('is refused where it is of another commit, or of a pull request: exit code 5', async () => {
    const record = await recorded('a', { ref: 'refs/pull/5/merge' });
    await file(record);
    const show = ['record', 'show', `${stage.image}@${record.digest}`, ...RELEASES];
    const other = await waybill(...show, '--commit', 'd'.repeat(40));
    expect([other.code, other.out]).toEqual([5, expect.stringContaining('error  commit-mismatch')]);
    const main = await waybill(...show, '--ref', 'main');
    expect([main.code, main.out]).toEqual([5, expect.stringContaining('error  ref-mismatch')]);
    expect((await waybill(...show, '--ref', 'refs/pull/5/merge')).code).toBe(0);
    const list = await waybill('record', 'list', stage.image, ...RELEASES, '--ref', 'main', '--json');
    expect([list.code, list.json()]).toEqual([
      5,
      expect.objectContaining({ total: 0, findings: [expect.objectContaining({ code: 'ref-mismatch' })] }),
    ]);
  });

  test('that somebody replaced ends with 4', async () => {
    const record = await recorded('a');
    const { statement } = await file(record);
    site.fake.contents.spoilAsset(statement.place.id, Buffer.from('{}'));
    const show = await waybill('record', 'show', `${stage.image}@${record.digest}`, ...RELEASES);
    expect([show.code, show.out]).toEqual([4, expect.stringContaining('error  asset-replaced')]);
  });

  test('of nothing is nothing', async () => {
    expect((await waybill('record', 'list', stage.image, ...RELEASES)).code).toBe(0);
    expect((await waybill('record', 'show', stage.image, ...RELEASES)).code).toBe(1);
  });

  test('has to be named as releases are, and --ref is nothing without it', async () => {
    expect(await waybill('record', 'list', stage.image, '--releases', 'octo-org/app')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Expected release://OWNER/REPO'),
    });
    expect(await waybill('record', 'list', stage.image, '--ref', 'main', ...STORE)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Give --releases besides'),
    });
  });
});

describe('record verify', () => {
  test('compares ledger, registry and releases', async () => {
    const [one, two] = [await recorded('a'), await recorded('b')];
    await file(one);
    const verify = ['record', 'verify', stage.image, ...STORE, ...RELEASES];
    const first = await waybill(...verify);
    expect(first).toMatchObject({ code: 0, out: '2 records: nothing is wrong\n' });
    expect(first.err).toContain(`asset-missing: ${nameOf(two)}`);
    expect(first.err).toContain('statement-missing');
    await file({ ...one, actor: 'mallory' });
    await file({ ...two, commit: 'd'.repeat(40) });
    const second = await waybill(...verify, '--json');
    expect(second.code).toBe(4);
    expect(second.json()).toMatchObject({ releases: 'release://octo-org/app', records: 2 });
    expect(second.out).toContain('"asset-disagrees"');
    expect(second.out).toContain('"commit-mismatch"');
    expect((await waybill(...verify)).out).toContain('2 records: 2 findings');
  });

  test('of one commit does not wonder about the statements of others', async () => {
    await file(await recorded('a'));
    const other = await recorded('b', { commit: 'd'.repeat(40) });
    await file(other);
    const verify = ['record', 'verify', stage.image, ...STORE, ...RELEASES, '--commit', COMMIT];
    expect(await waybill(...verify)).toMatchObject({ code: 0, out: '1 record: nothing is wrong\n' });
  });

  test('in a run of which the releases cannot be read says so, and goes on', async () => {
    await recorded('a');
    site.fake.fail({ kind: 'answer', status: 403, times: 100, on: ({ path }) => path.includes('matching-refs/tags') });
    const verify = ['record', 'verify', stage.image, ...STORE];
    const { code, err } = await waybillIn({ repository: 'octo-org/app' }, ...verify);
    expect([code, err]).toEqual([0, expect.stringContaining('release://octo-org/app was not looked at')]);
    expect((await waybill(...verify, ...RELEASES)).code).not.toBe(0);
  });

  test('without releases, off GitHub, asks for none', async () => {
    await recorded('a');
    const { code, err } = await waybill('record', 'verify', stage.image, ...STORE);
    expect(code).toBe(0);
    expect(err).not.toContain('asset-missing');
  });
});

describe('record seal', () => {
  test('files what the ledger has, builds and promotions, once', async () => {
    const record = await recorded('a');
    const { channels } = ledger();
    const draft = {
      kind: 'promotion',
      digest: record.digest,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      to: { reference: `${stage.image}:dev@${record.digest}`, channel: 'dev' },
      tag: 'dev',
      promotedAt: '2026-11-25T13:00:00.000Z',
    } as const;
    await channels.append(stage.image, 'dev', draft, { expected: undefined });
    const first = await waybill('record', 'seal', stage.image, ...RELEASES, ...STORE, '--json');
    expect([first.code, first.json()]).toEqual([
      0,
      {
        releases: 'release://octo-org/app',
        filed: [
          { release: 'waybill/provenance/2026-11', asset: nameOf(record) },
          { release: 'waybill/promotion/2026-11', asset: expect.stringContaining('.promotion.') },
        ],
        sealed: [],
      },
    ]);
    site.fake.clearLog();
    const again = await waybill('record', 'seal', stage.image, ...RELEASES, ...STORE);
    expect(again.out).toBe('');
    expect(again.err).toContain('0 statements filed, 0 releases sealed in release://octo-org/app');
    expect(site.fake.log.filter(({ method, path }) => method !== 'GET' && !path.includes('graphql'))).toEqual([]);
    expect(await listAll(log())).toHaveLength(2);
    const verify = ['record', 'verify', stage.image, ...STORE, ...RELEASES];
    expect((await waybill(...verify)).err).not.toContain('asset-missing');
    const check = ['channel', 'log', stage.image, 'dev', '--check', ...STORE, '--artifacts', join(folder, 'none.json')];
    expect((await waybill(...check, ...RELEASES)).err).toContain('a statement or a copy confirms each');
    expect((await waybill(...check)).err).toContain('confirms 0, nothing the other 1');
  });

  test('publishes the drafts of months that are over', async () => {
    site.fake.setQuirks({ immutableReleases: true });
    site.fake.contents.plantRelease('v1.0.0');
    await file(await recorded('a', { recordedAt: '2026-10-31T23:00:00.000Z' }));
    await file(await recorded('b'));
    const { code, out } = await waybill('record', 'seal', ...RELEASES);
    expect([code, out]).toEqual([0, expect.stringMatching(/^sealed {2}waybill\/provenance\/2026-10\S*\n$/)]);
    expect(site.fake.contents.releases().filter(({ draft }) => draft)).toHaveLength(1);
  });

  test('outside of a run wants to be told which releases', async () => {
    expect(await waybill('record', 'seal')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--releases release://OWNER/REPO'),
    });
  });
});
