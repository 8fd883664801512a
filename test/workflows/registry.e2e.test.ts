import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ShapedLink, startShapedLink } from '@waybill/testing/fault-proxy';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startTokenServer, type TokenServer } from '../registries/token-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const USERS = {
  writer: { password: 'of-the-writer', actions: ['pull', 'push'] },
  reader: { password: 'of-the-reader', actions: ['pull'] },
  neighbour: { password: 'of-the-neighbour', actions: ['pull'], repositories: ['octo-org/app-cache'] },
  stranger: { password: 'of-the-stranger', actions: ['pull', 'push'], repositories: ['octo-org/elsewhere'] },
};

/** The folder with what `docker login` leaves. */
function logIn(site: ActSite, host: string, user: keyof typeof USERS): string {
  const folder = join(site.base, `docker-${user}`);
  mkdirSync(folder);
  const auth = Buffer.from(`${user}:${USERS[user].password}`).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return folder;
}

function expectGreen(run: ActRun, name: string): void {
  const job = run.job(name);
  expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
}

describe('the cache actions in workflows over docker-registry, which takes tokens alone', () => {
  let site: ActSite;
  let tokens: TokenServer;
  let registry: Registry;
  let run: ActRun;
  /** Of another repository, later. */
  let neighbour: ActRun;
  beforeAll(async () => {
    site = openActSite();
    tokens = await startTokenServer(USERS);
    registry = await startDockerRegistry({ token: tokens.token });
    const REGISTRY = `oci://${registry.host}/octo-org/app-cache`;
    const [writer, reader, other, stranger] = (['writer', 'reader', 'neighbour', 'stranger'] as const).map((user) =>
      logIn(site, registry.host, user),
    );
    run = await site.run({
      repository: fixture('registry'),
      env: { REGISTRY, DOCKER_CONFIG: writer ?? '', READER: reader ?? '' },
    });
    neighbour = await site.run({
      repository: fixture('neighbour'),
      slug: 'octo-org/neighbour',
      env: { REGISTRY, DOCKER_CONFIG: other ?? '', STRANGER: stranger ?? '' },
    });
  });
  afterAll(async () => {
    await registry?.stop();
    await tokens?.stop();
    site?.remove();
  });

  test('a job finds nothing and saves in its post step, each with the token that it needs', () => {
    expectGreen(run, 'registry/save');
    expect(run.step('registry/save', 'cache').outputs).toMatchObject({ result: 'miss', reason: 'no-entry' });
    expect(run.step('registry/save', 'cache', 'Post').summary).toMatch(
      /^\*\*Cache save\*\* `made-1`: \*\*new\*\* \(1 file,/,
    );
    expect(tokens.exchanges.slice(0, 2)).toEqual([
      ['repository:octo-org/app-cache:pull'],
      ['repository:octo-org/app-cache:pull,push'],
    ]);
  });

  test('the next restores its files, and saves what changed', () => {
    expectGreen(run, 'registry/restore');
    expect(run.step('registry/restore', 'exact').outputs).toMatchObject({ 'cache-hit': 'true', result: 'exact' });
    expect(run.step('registry/restore', 'delta').outputs).toMatchObject({ result: 'delta', reason: '' });
  });

  test('one whose token may only read restores, and its save is a warning (S2-U1)', () => {
    expectGreen(run, 'registry/read-only');
    expect(run.step('registry/read-only', 'prefix').outputs).toMatchObject({
      'cache-matched-key': 'made-2',
      result: 'partial',
      reason: 'restore-key',
    });
    const denied = run.step('registry/read-only', 'denied');
    expect(denied.outputs).toMatchObject({ result: 'error', reason: 'denied' });
    expect(denied.annotations.map(({ level }) => level)).toEqual(['warning']);
  });

  test("another repository's job restores what was saved with share=all, by a token that may read", () => {
    expectGreen(run, 'registry/share');
    expect(run.step('registry/share', 'share').outputs).toMatchObject({ result: 'new' });
    expectGreen(neighbour, 'neighbour/shared');
    expect(neighbour.step('neighbour/shared', 'exact').outputs).toMatchObject({ 'cache-hit': 'true', result: 'exact' });
  });

  test('and never where one of the two does not say share=all', () => {
    expectGreen(neighbour, 'neighbour/alone');
    const outcome = (id: string) => {
      const { result, reason } = neighbour.step('neighbour/alone', id).outputs;
      return `${result}/${reason}`;
    };
    expect(outcome('same-key')).toBe('miss/other-scope');
    expect(outcome('shared-key')).toBe('miss/other-scope');
    expect(outcome('not-shared')).toBe('miss/other-scope');
  });

  test('and never by a token that may not read: a warning in a green job', () => {
    expectGreen(neighbour, 'neighbour/stranger');
    const denied = neighbour.step('neighbour/stranger', 'denied');
    expect(denied.outputs).toMatchObject({ result: 'error', reason: 'denied' });
    expect(denied.annotations.map(({ level }) => level)).toEqual(['warning']);
  });

  test('no password stands in the log', () => {
    for (const { password } of Object.values(USERS)) expect(run.output + neighbour.output).not.toContain(password);
  });
});

describe('the cache actions in workflows over a slow link to a registry whose tokens live for three seconds', () => {
  let site: ActSite;
  let tokens: TokenServer;
  let registry: Registry;
  let link: ShapedLink;
  let run: ActRun;
  beforeAll(async () => {
    site = openActSite();
    tokens = await startTokenServer(USERS, { lifeSeconds: 3 });
    registry = await startDockerRegistry({ token: tokens.token });
    link = await startShapedLink({
      target: registry.host,
      // Twelve megabytes take eight seconds.
      up: { bytesPerSecond: 1_500_000, latencyMs: 5 },
      down: { bytesPerSecond: Infinity, latencyMs: 5 },
      // What is tried again with a new token must not wait behind megabytes of what was refused.
      windowBytes: 256 * 1024,
    });
    run = await site.run({
      repository: fixture('slow-registry'),
      env: { REGISTRY: `oci://${link.host}/octo-org/app-cache`, DOCKER_CONFIG: logIn(site, link.host, 'writer') },
    });
  });
  afterAll(async () => {
    await link?.stop();
    await registry?.stop();
    await tokens?.stop();
    site?.remove();
  });

  test('a save goes through, with a new token each time that one is refused', () => {
    expectGreen(run, 'slow/save');
    const post = run.step('slow/save', 'cache', 'Post');
    expect(post.summary).toMatch(/^\*\*Cache save\*\* `made-1`: \*\*new\*\* \(1 file,/);
    expect(post.annotations).toEqual([]);
    const pushes = tokens.exchanges.filter(([scope]) => scope === 'repository:octo-org/app-cache:pull,push');
    expect(pushes.length).toBeGreaterThan(1);
  });

  test('and what was saved is whole', () => {
    expectGreen(run, 'slow/restore');
    expect(run.step('slow/restore', 'exact').outputs).toMatchObject({ result: 'exact', reason: '' });
  });
});
