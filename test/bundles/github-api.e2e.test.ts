import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import { createHttp } from '@waybill/core/http';
import { createRegistry } from '@waybill/core/registry';
import type { StepRun } from '@waybill/testing/action-runner';
import { runGit } from '@waybill/testing/git';
import { type FakeGitHub, type FakeToken, startFakeGitHub } from '@waybill/testing/github';
import { image, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { openSite, type Site, shown } from './site.ts';

const WRITER: FakeToken = { name: 'writer', secret: 'ghs_writerwriterwriter', permissions: { contents: 'write' } };
const READER: FakeToken = { name: 'reader', secret: 'ghs_readerreaderreader', permissions: { contents: 'read' } };
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
  github = await startFakeGitHub({ tokens: [WRITER, READER, STRANGER], visibility: 'private', clock: () => NOW });
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
  expect(github.log.filter(({ at, leaked }) => at !== 'api' || leaked)).toEqual([]);
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
async function record(note: string, parents: readonly string[], token = WRITER) {
  const { commit, git } = checkOut(parents, note);
  const digest = await push(note);
  const run = await step(
    'build-image-once',
    { image: name(), mode: 'record', digest },
    { token, env: { PATH: git, GITHUB_SHA: commit } },
  );
  return { commit, digest, run };
}

describe("a ledger in the run's own repository, by the API alone", () => {
  test('records, verifies by commit, promotes, goes by the rules of the default branch and by the history', async () => {
    const config = 'version: 1\nimages: { "*/octo-org/*": { channels: { live: { from: [] } } } }\n';
    const policy = github.contents.commit({ files: { '.github/waybill.yml': config } });
    github.contents.setRef('refs/heads/main', policy);
    const one = await record('one', []);
    expect(`${one.run.outputs['digest']}\n${shown(one.run)}`).toMatch(new RegExp(`^${one.digest}\n`));
    expect(one.run.annotations.filter(({ level }) => level !== 'notice')).toEqual([]);
    expect(github.contents.refs().filter((ref) => ref.startsWith('refs/waybill/build/'))).toHaveLength(1);
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
    expect(file).toMatchObject({ promotions: [{ record: { config: { commit: policy } } }] });

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
});
