import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startTokenServer, type TokenServer } from '../registries/token-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/registry', import.meta.url));
const USERS = {
  writer: { password: 'of-the-writer', actions: ['pull', 'push'] },
  reader: { password: 'of-the-reader', actions: ['pull'] },
};

describe('the cache actions in workflows over docker-registry, which takes tokens alone', () => {
  let site: ActSite;
  let tokens: TokenServer;
  let registry: Registry;
  let run: ActRun;
  beforeAll(async () => {
    site = openActSite();
    tokens = await startTokenServer(USERS);
    registry = await startDockerRegistry({ token: tokens.token });
    run = await site.run({
      repository: REPOSITORY,
      env: {
        REGISTRY: `oci://${registry.host}/octo-org/app-cache`,
        DOCKER_CONFIG: logIn('writer'),
        READER: logIn('reader'),
      },
    });
  });
  afterAll(async () => {
    await registry?.stop();
    await tokens?.stop();
    site?.remove();
  });

  /** The folder with what `docker login` leaves. */
  function logIn(user: keyof typeof USERS): string {
    const folder = join(site.base, `docker-${user}`);
    mkdirSync(folder);
    const auth = Buffer.from(`${user}:${USERS[user].password}`).toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    return folder;
  }

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }

  test('a job finds nothing and saves in its post step, each with the token that it needs', () => {
    expectGreen('registry/save');
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
    expectGreen('registry/restore');
    expect(run.step('registry/restore', 'exact').outputs).toMatchObject({ 'cache-hit': 'true', result: 'exact' });
    expect(run.step('registry/restore', 'delta').outputs).toMatchObject({ result: 'delta', reason: '' });
  });

  test('one whose token may only read restores, and its save is a warning (S2-U1)', () => {
    expectGreen('registry/read-only');
    expect(run.step('registry/read-only', 'prefix').outputs).toMatchObject({
      'cache-matched-key': 'made-2',
      result: 'partial',
      reason: 'restore-key',
    });
    const denied = run.step('registry/read-only', 'denied');
    expect(denied.outputs).toMatchObject({ result: 'error', reason: 'denied' });
    expect(denied.annotations.map(({ level }) => level)).toEqual(['warning']);
  });

  test('no password stands in the log', () => {
    for (const { password } of Object.values(USERS)) expect(run.output).not.toContain(password);
  });
});
