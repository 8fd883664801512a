import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StepRun } from '@waybill/testing/action-runner';
import { startFakeRegistry } from '@waybill/testing/registry';
import { createRandom } from '@waybill/testing/trees';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import { startTokenServer } from '../registries/token-server.ts';
import { openSite, type Site, shown, told } from './site.ts';

type User = 'writer' | 'reader';

/** A registry that takes tokens alone, for two users whose passwords are their names. */
interface Started {
  readonly host: string;
  stop(): Promise<void>;
}

const FAKE_AUTH = {
  kind: 'token',
  users: {
    writer: { password: 'writer', grants: { '*': ['pull', 'push', 'delete'] } },
    reader: { password: 'reader', grants: { '*': ['pull'] } },
  },
} as const;

const REGISTRIES: readonly (readonly [string, () => Promise<Started>])[] = [
  ['the fake registry', () => startFakeRegistry({ auth: FAKE_AUTH })],
  ['the fake registry as GHCR is', () => startFakeRegistry({ auth: FAKE_AUTH, profile: 'ghcr' })],
  [
    'docker-registry',
    async () => {
      const tokens = await startTokenServer({
        writer: { password: 'writer', actions: ['pull', 'push', 'delete'] },
        reader: { password: 'reader', actions: ['pull'] },
      });
      const registry = await startDockerRegistry({ token: tokens.token });
      return {
        host: registry.host,
        stop: async () => {
          await registry.stop();
          await tokens.stop();
        },
      };
    },
  ],
];

let site: Site;
beforeEach(() => {
  site = openSite();
});
afterEach(() => site.remove());

/** As `docker login` leaves it in the home folder of that name. */
function logIn(host: string, user: User, home = 'home'): void {
  const folder = join(site.base, home, '.docker');
  mkdirSync(folder, { recursive: true });
  const auth = Buffer.from(`${user}:${user}`).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
}

/** A job of one step and its post steps; gives all of their runs. */
async function job(
  action: string,
  inputs: Readonly<Record<string, string>>,
  { timerScale, ...options }: Parameters<Site['job']>[0] & { readonly timerScale?: number } = {},
): Promise<readonly [StepRun, ...StepRun[]]> {
  const runner = await site.job(options);
  const main = await runner.run({
    ...site.request(action, inputs),
    ...(timerScale === undefined ? {} : { timerScale }),
  });
  return [main, ...(await runner.finish())];
}

const warnings = (run: StepRun) => run.annotations.filter(({ level }) => level === 'warning');

function expectWarned(run: StepRun, verdict: string): void {
  expect(`${told(run)}\n${shown(run)}`).toMatch(new RegExp(`^${verdict}\n`));
  expect(run.outcome).toBe('success');
  expect(warnings(run)).toHaveLength(1);
}

describe.each(REGISTRIES)('the bundles over %s', (_name, start) => {
  let registry: Started;
  let store: string;
  beforeEach(async () => {
    registry = await start();
    store = `oci://${registry.host}/octo-org/app-cache`;
    logIn(registry.host, 'writer');
  });
  afterEach(() => registry.stop());

  test('miss, save, exact, nothing to save, delta, prefix', async () => {
    const [miss] = await job('restore-cache', { store, key: 'k-1' });
    expect(`${told(miss)}\n${shown(miss)}`).toMatch(/^miss\/no-entry\n/);
    expect(warnings(miss)).toEqual([]);

    const large = randomBytes(1, 9_000_000);
    site.plant({ 'large.bin': large, 'a.txt': 'one' });
    const [first, post] = await job('cache', { store, key: 'k-1' });
    expect(told(first)).toBe('miss/no-entry');
    expect(post?.stdout).toContain('cache saved (new): "k-1"');

    const [exact] = await job('restore-cache', { store, key: 'k-1' }, { workspace: 'other' });
    expect(`${told(exact)}\n${shown(exact)}`).toMatch(/^exact\/\n/);
    expect(exact.outputs['cache-hit']).toBe('true');
    expect(readFileSync(join(site.workspace('other'), 'tree', 'large.bin')).equals(large)).toBe(true);

    const [again] = await job('save-cache', { store, key: 'k-1' });
    expect(told(again)).toBe('skipped/exists');

    site.plant({ 'a.txt': 'two' });
    const [delta] = await job('save-cache', { store, key: 'k-2' });
    expect(`${told(delta)}\n${shown(delta)}`).toMatch(/^delta\/\n/);
    expect(Number(delta.outputs['uploaded-bytes'])).toBeLessThan(100_000);
    expect(Number(delta.outputs['reused-bytes'])).toBeGreaterThan(8_000_000);

    const [partial] = await job(
      'restore-cache',
      { store, key: 'k-3', 'restore-keys': 'none-\nk-' },
      { workspace: 'third' },
    );
    expect(told(partial)).toBe('partial/restore-key');
    expect(partial.outputs['cache-matched-key']).toBe('k-2');
    expect(readFileSync(join(site.workspace('third'), 'tree', 'a.txt'), 'utf8')).toBe('two');
  });

  test('a token that may only read restores, and a save is a warning in a green job (S2-U1)', async () => {
    site.plant({ 'a.txt': 'one' });
    await job('save-cache', { store, key: 'k-1' });
    logIn(registry.host, 'reader', 'guest');

    const [hit] = await job('restore-cache', { store, key: 'k-1' }, { workspace: 'other', home: 'guest' });
    expect(`${told(hit)}\n${shown(hit)}`).toMatch(/^exact\/\n/);
    const [save] = await job('save-cache', { store, key: 'k-2' }, { home: 'guest' });
    expectWarned(save, 'error/denied');
    const [main, post] = await job('cache', { store, key: 'k-3' }, { home: 'guest' });
    expect(told(main)).toBe('miss/no-entry');
    expect(post?.outcome).toBe('success');
    expect(post?.stdout).toMatch(/the cache for the key "k-3" was not saved \(denied\)/);
  });

  test('another repository restores by the same key with share=all, and never without', async () => {
    site.plant({ 'a.txt': 'one' });
    const other = { workspace: 'other', env: { GITHUB_REPOSITORY: 'octo-org/other' } };
    await job('save-cache', { store, key: 'k-1' });
    expect(told((await job('restore-cache', { store, key: 'k-1' }, other))[0])).toBe('miss/other-scope');

    const shared = `${store}?share=all`;
    await job('save-cache', { store: shared, key: 'k-1' });
    expect(told((await job('restore-cache', { store: shared, key: 'k-1' }, other))[0])).toBe('exact/');
    expect(told((await job('restore-cache', { store, key: 'k-1' }, other))[0])).toBe('miss/other-scope');
  });
});

describe('a registry that lets us down', () => {
  test('that is not there: both directions warn and stay green', async () => {
    const store = `oci://127.0.0.1:${await closedPort()}/octo-org/app`;
    site.plant({ 'a.txt': 'one' });
    const [restore] = await job('restore-cache', { store, key: 'k-1' }, { workspace: 'other', timerScale: 100 });
    expectWarned(restore, 'error/unreachable');
    expect(restore.outputs).not.toHaveProperty('cache-hit');
    const [save] = await job('save-cache', { store, key: 'k-1' }, { timerScale: 100 });
    expectWarned(save, 'error/unreachable');
  });

  test('that wants a login which nobody has: both directions warn and stay green', async () => {
    const registry = await startFakeRegistry({ auth: { kind: 'token', users: {} } });
    try {
      const store = `oci://${registry.host}/octo-org/app`;
      site.plant({ 'a.txt': 'one' });
      expectWarned((await job('restore-cache', { store, key: 'k-1' }, { workspace: 'other' }))[0], 'error/denied');
      expectWarned((await job('save-cache', { store, key: 'k-1' }))[0], 'error/denied');
    } finally {
      await registry.stop();
    }
  });

  test.each([
    ['takes the token back in the middle of a save', { kind: 'unauthorized' }],
    ['has a bad moment in the middle of a save', { kind: 'answer', status: 503 }],
    ['breaks off in the middle of a save', { kind: 'reset' }],
    ['wants the save to slow down', { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }],
  ] as const)('that %s: the save goes through', async (_what, fault) => {
    const users = { writer: { password: 'writer', grants: { '*': ['pull', 'push'] } } } as const;
    const registry = await startFakeRegistry({ auth: { kind: 'token', users } });
    try {
      logIn(registry.host, 'writer');
      const store = `oci://${registry.host}/octo-org/app`;
      site.plant({ 'a.bin': randomBytes(3, 300_000) });
      let met = 0;
      registry.fail({
        ...fault,
        on: ({ method, path }) => method === 'PUT' && path.includes('/uploads/') && ++met > 0,
      });
      const [save] = await job('save-cache', { store, key: 'k-1' });
      expect(`${told(save)}\n${shown(save)}`).toMatch(/^new\/\n/);
      expect(met).toBeGreaterThan(0);
      expect(warnings(save)).toEqual([]);
      expect(told((await job('restore-cache', { store, key: 'k-1' }, { workspace: 'other' }))[0])).toBe('exact/');
    } finally {
      await registry.stop();
    }
  });

  test('that serves wrong bytes: a miss, nothing of it in the workspace, and the next save heals the entry', async () => {
    const registry = await startFakeRegistry();
    try {
      const store = `oci://${registry.host}/octo-org/app`;
      site.plant({ 'a.bin': randomBytes(2, 300_000) });
      await job('save-cache', { store, key: 'k-1' });
      let broken = true;
      registry.fail({
        kind: 'flip',
        times: Number.POSITIVE_INFINITY,
        on: ({ method, path }) => broken && method === 'GET' && path.includes('/blobs/'),
      });
      const [miss] = await job('restore-cache', { store, key: 'k-1' }, { workspace: 'other' });
      expectWarned(miss, 'miss/corrupt');
      expect(miss.outputs).not.toHaveProperty('cache-hit');
      expect(existsSync(join(site.workspace('other'), 'tree'))).toBe(false);

      broken = false;
      expect(told((await job('save-cache', { store, key: 'k-1' }))[0])).toBe('new/');
      expect(told((await job('restore-cache', { store, key: 'k-1' }, { workspace: 'other' }))[0])).toBe('exact/');
    } finally {
      await registry.stop();
    }
  });

  test('the token of the job goes to no registry but ghcr.io', async () => {
    const registry = await startFakeRegistry({ auth: { kind: 'token', users: {} } });
    try {
      await job('restore-cache', {
        store: `oci://${registry.host}/octo-org/app`,
        key: 'k-1',
        'github-token': 'ghs_0123456789abcdefghij',
      });
      expect(registry.log.length).toBeGreaterThan(0);
      expect(registry.log.filter(({ authorization }) => authorization !== 'none')).toEqual([]);
    } finally {
      await registry.stop();
    }
  });
});

function randomBytes(seed: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  createRandom(seed).fill(bytes);
  return bytes;
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}
