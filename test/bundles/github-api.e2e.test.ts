import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import { createHttp } from '@waybill/core/http';
import { createRegistry } from '@waybill/core/registry';
import type { StepRun } from '@waybill/testing/action-runner';
import { runGit } from '@waybill/testing/git';
import { type FakeGitHub, type FakeToken, startFakeGitHub } from '@waybill/testing/github';
import { image, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { openSite, ROOT, type Site, shown } from './site.ts';

const WRITER: FakeToken = { name: 'writer', secret: 'ghs_writerwriterwriter', permissions: { contents: 'write' } };
const READER: FakeToken = { name: 'reader', secret: 'ghs_readerreaderreader', permissions: { contents: 'read' } };
const DEPLOYER: FakeToken = {
  name: 'deployer',
  secret: 'ghs_deployerdeployer',
  permissions: { contents: 'write', 'artifact-metadata': 'write' },
};
const STRANGER: FakeToken = { name: 'stranger', secret: 'ghs_strangerstranger', permissions: {} };
/** The stand-in's time, and so that of its commits. */
const NOW = Date.UTC(2026, 0, 1);

let site: Site;
let github: FakeGitHub;
let registry: FakeRegistry;
/** The web address of this GitHub: nobody answers git there. */
let web: Server;
let seenByWeb: string[];
let server: string;
beforeEach(async () => {
  site = openSite();
  github = await startFakeGitHub({
    tokens: [WRITER, READER, STRANGER, DEPLOYER],
    visibility: 'private',
    clock: () => NOW,
    validate: true,
    quirks: { layout: 'host' },
  });
  registry = await startFakeRegistry();
  seenByWeb = [];
  web = createServer(({ method, url }, response) => {
    seenByWeb.push(`${method} ${url}`);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    web.listen(0, '127.0.0.1', resolve);
  });
  const address = web.address();
  server = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterEach(async () => {
  await new Promise((resolve) => {
    web.close(resolve);
    web.closeAllConnections();
  });
  await registry.stop();
  await github.stop();
  site.remove();
});

/** The token is for GitHub's API: neither the registry nor the web address saw it, and it stands in no other place. */
function expectTokenKept(): void {
  expect(github.log.length).toBeGreaterThan(0);
  expect(github.log.filter(({ at, leaked }) => at === 'storage' || leaked)).toEqual([]);
  expect(new Set(registry.log.map(({ authorization }) => authorization))).toEqual(new Set(['none']));
  expect(JSON.stringify(registry.log)).not.toContain('ghs_');
  expect(seenByWeb).toEqual([]);
}

/** One step on a machine without any program: no git, no docker. */
async function step(
  action: string,
  inputs: Readonly<Record<string, string>>,
  { token = WRITER, env = {} }: { readonly token?: FakeToken; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<StepRun> {
  const none = join(site.base, 'no-programs');
  mkdirSync(none, { recursive: true });
  const job = await site.job({
    env: {
      PATH: none,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_GRAPHQL_URL: github.graphqlUrl,
      GITHUB_SERVER_URL: server,
      ...env,
    },
  });
  // Writes to GitHub keep a second's distance.
  return job.run({ action, with: { 'github-token': token.secret, ...inputs }, timerScale: 20 });
}

const name = () => `${registry.host}/octo-org/app`;

/** Pushes an image, and gives its digest. */
async function push(note: string): Promise<string> {
  const http = createHttp();
  const clock = { now: Date.now, sleep, random: Math.random };
  const made = image({ note });
  const place = { host: registry.host, repository: 'octo-org/app' };
  await pushImage(createRegistry({ ...place, http, access: 'push', clock }), made);
  http.close();
  return made.root.descriptor.digest;
}

/** A checkout of a commit that the stand-in has as well, with its history left out: of the sources, not of the ledger. */
function checkOut(parents: readonly string[], note: string): { readonly commit: string; readonly git: string } {
  const files = { Dockerfile: `FROM scratch # ${note}\n` };
  const commit = github.contents.commit({ files, parents, message: note });
  const workspace = site.workspace();
  writeFileSync(join(workspace, 'Dockerfile'), files.Dockerfile);
  runGit(workspace, ['init', '--quiet']);
  runGit(workspace, ['add', 'Dockerfile']);
  const who = `Octo Cat <octo@example.com> ${NOW / 1000} +0000`;
  const head = [
    `tree ${runGit(workspace, ['write-tree'])}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
  ];
  const made = runGit(workspace, ['hash-object', '-t', 'commit', '-w', '--stdin'], `${head.join('\n')}\n\n${note}`);
  if (made !== commit) throw new Error(`git has ${made}, the stand-in ${commit}`);
  runGit(workspace, ['update-ref', '--no-deref', 'HEAD', commit]);
  // What asks more of git than what is checked out is told in this file.
  const folder = join(site.base, 'git-only');
  mkdirSync(folder, { recursive: true });
  const asked = join(site.base, 'git.log');
  const program = `#!/bin/sh\nPATH=${process.env['PATH'] ?? ''}\nexport PATH\necho "$@" >> ${asked}\nexec git "$@"\n`;
  writeFileSync(join(folder, 'git'), program, { mode: 0o755 });
  return { commit, git: folder };
}

/** Records the digest of an image for a new commit. */
async function record(note: string, parents: readonly string[], token = WRITER, env: Record<string, string> = {}) {
  const { commit, git } = checkOut(parents, note);
  const digest = await push(note);
  const run = await step(
    'build-image-once',
    { image: name(), mode: 'record', digest },
    { token, env: { PATH: git, GITHUB_SHA: commit, ...env } },
  );
  return { commit, digest, run };
}

/** The built command line on the same machine, off GitHub. */
async function waybill(args: readonly string[], env: Readonly<Record<string, string>>) {
  const home = join(site.base, 'home');
  mkdirSync(home, { recursive: true });
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...args, '--json'], {
    cwd: site.workspace(),
    env: {
      PATH: join(site.base, 'no-programs'),
      HOME: home,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_GRAPHQL_URL: github.graphqlUrl,
      GITHUB_SERVER_URL: server,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: Number(code[0]), err, json: JSON.parse(out) as unknown };
}

/** The assets of each release of records. */
const assets = () =>
  github.contents.releases().map(({ tag, assets: all }) => [tag, all.map((asset) => asset.label)] as const);
const builds = () => github.contents.refs().filter((ref) => ref.startsWith('refs/waybill/build/'));

describe("a ledger in the run's own repository, by the API alone", () => {
  test('records, verifies by commit, promotes, goes by the rules of the default branch and by the history', async () => {
    const config = 'version: 1\nimages: { "*/octo-org/*": { channels: { live: { from: [] } } } }\n';
    const policy = github.contents.commit({ files: { '.github/waybill.yml': config } });
    github.contents.setRef('refs/heads/main', policy);
    const one = await record('one', []);
    expect(`${one.run.outputs['digest']}\n${shown(one.run)}`).toMatch(new RegExp(`^${one.digest}\n`));
    expect(one.run.annotations.filter(({ level }) => level !== 'notice')).toEqual([]);
    expect(builds()).toHaveLength(1);
    expect(readFileSync(join(site.base, 'git.log'), 'utf8')).not.toMatch(/\b(?:fetch|push|clone|ls-remote|remote)\b/);

    const verified = await step('verify-digest', { image: name(), commit: one.commit });
    expect(`${verified.outputs['digest']} ${verified.outputs['verified']}\n${shown(verified)}`).toMatch(
      new RegExp(`^${one.digest} integrity\n`),
    );

    const unknown = await step('promote', { image: name(), commit: one.commit, to: 'production' });
    expect(shown(unknown)).toMatch(/CHANNEL_UNKNOWN/);
    const promoted = await step('promote', { image: name(), commit: one.commit, to: 'live' });
    expect(`${promoted.outputs['promoted']}\n${shown(promoted)}`).toMatch(/^true\n/);
    const file = JSON.parse(readFileSync(promoted.outputs['record'] ?? '', 'utf8')) as unknown;
    expect(file).toMatchObject({
      promotions: [
        {
          record: { config: { commit: policy } },
          statement: { release: expect.stringMatching(/^waybill\/promotion\/\d{4}-\d\d$/), asset: expect.any(String) },
        },
      ],
    });
    expect(assets()).toEqual([
      [expect.stringMatching(/^waybill\/provenance\//), [`build of ${name()} from ${one.commit.slice(0, 12)}`]],
      [expect.stringMatching(/^waybill\/promotion\//), [`promotion 1 of ${name()} in live`]],
    ]);

    const two = await record('two', [one.commit]);
    const next = await step('promote', { image: name(), commit: two.commit, to: 'live' });
    expect(`${next.outputs['promoted']}\n${shown(next)}`).toMatch(/^true\n/);
    const back = await step('promote', { image: name(), commit: one.commit, to: 'live' });
    expect(back.outcome).toBe('failure');
    expect(shown(back)).toMatch(/commit-behind/);
    expectTokenKept();
  });

  test('takes its rules from a commit of another repository where a step names one', async () => {
    const one = await record('one', []);
    const config = 'version: 1\nimages: { "*/octo-org/*": { channels: { canary: { from: [] } } } }\n';
    const policy = github.contents.commit({ files: { 'strict.yml': config } });
    const named = `octo-org/app@${policy}:strict.yml`;
    const promoted = await step('promote', { image: name(), commit: one.commit, to: 'canary', config: named });
    expect(`${promoted.outputs['promoted']}\n${shown(promoted)}`).toMatch(/^true\n/);
    const other = await step('promote', { image: name(), commit: one.commit, to: 'dev', config: named });
    expect(shown(other)).toMatch(/CHANNEL_UNKNOWN/);
    const file = await step('promote', { image: name(), commit: one.commit, to: 'dev', config: 'strict.yml' });
    expect(shown(file)).toMatch(/it is not OWNER\/REPO@COMMIT:PATH/);
    expectTokenKept();
  });

  test.each(['told', 'hidden'] as const)(
    'of which the token may not write: builds are recorded beside the image, promotions are denied (%s)',
    async (missingPermission) => {
      github.setQuirks({ missingPermission });
      const one = await record('one', [], READER);
      expect(`${one.run.outputs['digest']}\n${shown(one.run)}`).toMatch(new RegExp(`^${one.digest}\n`));
      expect(one.run.stdout).toMatch(/may not record in http:.*contents: write/);
      expect(one.run.stdout).toMatch(/Recorded .* in oci:\/\/.*octo-org\/app-waybill/);
      const input = { image: name(), digest: one.digest, to: 'dev' };
      const promoted = await step('promote', input, { token: READER });
      expect(promoted.outcome).toBe('failure');
      expect(shown(promoted)).toMatch(/LEDGER_DENIED/);
      expect(shown(promoted)).toMatch(/contents: write/);
      expect(github.contents.refs()).toEqual(['refs/heads/main']);
      // What cannot be filed either is a notice that says what is missing.
      expect(one.run.annotations).toEqual([
        {
          level: 'notice',
          message: expect.stringMatching(/is not filed in release:.*`permissions: contents: write`/),
          properties: {},
        },
      ]);
      expectTokenKept();
    },
  );

  test('that the token may not see at all: builds are found and recorded beside the image', async () => {
    const one = await record('one', [], STRANGER);
    expect(`${one.run.outputs['digest']}\n${shown(one.run)}`).toMatch(new RegExp(`^${one.digest}\n`));
    expect(one.run.annotations).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining(`${server}/octo-org/app could not be read`),
      }),
    );
    expect(one.run.stdout).toMatch(/Recorded .* in oci:\/\/.*octo-org\/app-waybill/);
    expectTokenKept();
  });

  test('whose rules keep tags: records: auto goes on without, release fails before anything is done', async () => {
    github.setQuirks({ refuseRef: (ref) => ref.startsWith('refs/tags/') });
    const one = await record('one', []);
    expect(`${one.run.outcome}\n${shown(one.run)}`).toMatch(/^success\n/);
    expect(shown(one.run)).toMatch(/exclude `refs\/tags\/waybill\/\*\*` from it/);
    const input = { image: name(), digest: one.digest, to: 'dev', records: 'release' };
    const promoted = await step('promote', input);
    expect(promoted.outcome).toBe('failure');
    expect(shown(promoted)).toMatch(/RECORDS_NOT_FILED/);
    expect(shown(promoted)).toMatch(/exclude `refs\/tags\/waybill\/\*\*` from it/);
    expect(github.contents.refs().filter((ref) => ref.includes('/channel/'))).toEqual([]);
    expect(github.contents.releases()).toEqual([]);
    github.setQuirks({ refuseRef: () => false });
    const again = await step('promote', input);
    expect(`${again.outputs['promoted']}\n${shown(again)}`).toMatch(/^true\n/);
    expectTokenKept();
  });

  test('GitHub is told of a deployment where the token may, and a promotion does not fail for it', async () => {
    const one = await record('one', []);
    const input = { image: name(), commit: one.commit, to: 'dev', 'deployment-record': 'true' };
    const denied = await step('promote', input);
    expect(`${denied.outputs['promoted']}\n${shown(denied)}`).toMatch(/^true\n/);
    expect(shown(denied)).toMatch(/artifact-metadata: write/);
    expect(github.contents.deployments()).toEqual([]);
    const told = await step('promote', input, { token: DEPLOYER });
    expect(`${told.outputs['promoted']}\n${shown(told)}`).toMatch(/^false\n/);
    expect(github.contents.deployments()).toMatchObject([{ name: name(), digest: one.digest, environment: 'dev' }]);
    expectTokenKept();
  });

  test.each([
    ['same-ref', 2],
    ['any', 1],
  ])('takes what a pull request recorded outside of it as the default branch says: adopt %s', async (adopt, count) => {
    const config = `version: 1\nimages: { "*/octo-org/*": { adopt: ${adopt} } }\n`;
    github.contents.setRef('refs/heads/main', github.contents.commit({ files: { '.github/waybill.yml': config } }));
    const pull = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/5/merge', GITHUB_BASE_REF: 'main' };
    const first = await record('one', [], WRITER, pull);
    expect(`${first.run.outcome}\n${shown(first.run)}`).toMatch(/^success\n/);
    const second = await record('one', []);
    expect(`${second.run.outcome}\n${shown(second.run)}`).toMatch(/^success\n/);
    expect(builds()).toHaveLength(count);
  });

  test('is that of the command line, too, with a token of either name', async () => {
    const one = await record('one', []);
    const ledger = ['--store', `git:${server}/octo-org/app`];
    github.clearLog();
    const listed = await waybill(['record', 'list', name(), ...ledger], { GH_ENTERPRISE_TOKEN: READER.secret });
    expect(listed).toMatchObject({ code: 0, json: { records: [{ digest: one.digest, commit: one.commit }] } });
    const file = join(site.workspace(), 'rules.yml');
    writeFileSync(file, 'version: 1\nimages: { "*/octo-org/*": { channels: { live: { from: [] } } } }\n');
    const words = ['image', 'promote', `${name()}@${one.digest}`, 'live', ...ledger, '--config', 'rules.yml'];
    const promoted = await waybill(words, { GITHUB_TOKEN: WRITER.secret });
    const sha = createHash('sha256').update(readFileSync(file)).digest('hex');
    // No commit: a file of the machine has none.
    expect(promoted).toMatchObject({
      code: 0,
      json: { promotions: [{ result: 'promoted', record: { config: { digest: `sha256:${sha}` } } }] },
    });
    expect(JSON.stringify(promoted.json)).not.toMatch(/"config":\{"commit"/);
    const status = await waybill(['channel', 'status', name(), ...ledger, '--config', 'rules.yml'], {
      GITHUB_TOKEN: READER.secret,
    });
    expect(status).toMatchObject({ code: 0 });
    expectTokenKept();
  });
});
