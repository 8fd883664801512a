import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connectRegistry } from '@waybill/core/cache';
import { createMemoryStore } from '@waybill/core/content';
import { WaybillError } from '@waybill/core/errors';
import type { FoundCredentials, Registry } from '@waybill/core/registry';
import { createFakeSnapshots } from '@waybill/testing/cache';
import { type FakeRegistry, type FakeRegistryOptions, startFakeRegistry } from '@waybill/testing/registry';
import { fakeRunContext } from '@waybill/testing/runner';
import { tryProgram } from '../testing/index.ts';
import { checkRegistry } from './check-registry.ts';

const REPOSITORY = 'octo-org/app-cache';
const TOKEN: FakeRegistryOptions = {
  auth: {
    kind: 'token',
    users: {
      writer: { password: 'of-the-writer', grants: { '*': ['pull', 'push', 'delete'] } },
      reader: { password: 'of-the-reader', grants: { '*': ['pull'] } },
    },
  },
};

let dir: string;
let fake: FakeRegistry;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waybill-doctor-'));
});
afterEach(async () => {
  await fake?.stop();
  rmSync(dir, { recursive: true, force: true });
});

function logIn(host: string, user: string, password: string): void {
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
}

/** `waybill doctor` of a registry; gives its exit code and its checks by name. */
async function doctor(
  host: string,
  { args = [], token = '', insecure = false }: { args?: string[]; token?: string; insecure?: boolean } = {},
) {
  const closers: (() => void)[] = [];
  const trial = await tryProgram(['doctor', '--json', ...args], {
    store: createMemoryStore({ clock: () => 0 }),
    snapshots: createFakeSnapshots(''),
    now: () => 0,
    context: fakeRunContext({ workspace: dir, stateDir: join(dir, 'state') }),
    uri: { kind: 'oci', host, repository: REPOSITORY, insecure, share: 'repository' },
    connectRegistry: async (uri, access) => {
      const env = { DOCKER_CONFIG: dir };
      const log = { info: () => undefined };
      const options = { access, env, home: dir, githubToken: token, now: Date.now, random: () => 0, log };
      const connection = await connectRegistry(uri, options, { attempts: 1 });
      closers.push(connection.close);
      return connection;
    },
  });
  for (const close of closers) close();
  const { checks } = trial.json() as { checks: { name: string; status: string; text: string; hint?: string }[] };
  const of = (name: string) => {
    const check = checks.find((each) => each.name === name);
    return check === undefined
      ? undefined
      : [check.status, check.text, check.hint].filter((part) => part !== undefined).join(' | ');
  };
  return { code: trial.code, of, out: trial.out };
}

describe('waybill doctor of a registry', () => {
  test('that anybody may use says so, and leaves no trace', async () => {
    fake = await startFakeRegistry();
    const { code, of } = await doctor(fake.host);
    expect(code).toBe(0);
    expect(of('login')).toBe(`ok | none for ${fake.host}: it is asked without one`);
    expect(of('read')).toBe('ok | the repository can be read: it is empty, or made by the first save');
    expect(of('write')).toBe('ok | the repository can be pushed to');
    expect(fake.contents.tags(REPOSITORY)).toEqual([]);
    expect(fake.log.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  test('says who one is, and never the password', async () => {
    fake = await startFakeRegistry(TOKEN);
    logIn(fake.host, 'writer', 'of-the-writer');
    const { code, of, out } = await doctor(fake.host);
    expect([code, of('login'), of('write')]).toEqual([
      0,
      `ok | ${fake.host}, user writer, from ${join(dir, 'config.json')}`,
      'ok | the repository can be pushed to',
    ]);
    expect(out).not.toContain('of-the-writer');
  });

  test('that may only be read ends with 1 and what saving needs, and with 0 where reading is all that is wanted', async () => {
    fake = await startFakeRegistry(TOKEN);
    logIn(fake.host, 'reader', 'of-the-reader');
    const both = await doctor(fake.host);
    expect([both.code, both.of('read')]).toEqual([1, expect.stringMatching(/^ok /)]);
    expect(both.of('write')).toMatch(
      /^problem \| the repository cannot be pushed to: .* answers 403.*may pull and push .*--read-only\.$/,
    );
    const readOnly = await doctor(fake.host, { args: ['--read-only'] });
    expect([readOnly.code, readOnly.of('write')]).toEqual([0, undefined]);
  });

  test('that wants a login which nobody has says what is needed', async () => {
    fake = await startFakeRegistry(TOKEN);
    const { code, of } = await doctor(fake.host);
    expect(code).toBe(1);
    expect(of('read')).toMatch(/^problem \| the repository cannot be read: .* answers 401.*docker login/);
    expect(of('write')).toMatch(/^problem \| the repository cannot be pushed to: /);
  });

  test('that denies what does not exist yet, and takes a push, is a warning', async () => {
    fake = await startFakeRegistry(TOKEN);
    logIn(fake.host, 'writer', 'of-the-writer');
    fake.fail({ kind: 'answer', status: 403, on: ({ path }) => path.includes('/tags/'), times: Infinity });
    const { code, of } = await doctor(fake.host);
    expect([code, of('write')]).toEqual([0, 'ok | the repository can be pushed to']);
    expect(of('read')).toMatch(
      /^warning \| the repository cannot be read, though it can be pushed to: .*Save something/,
    );
  });

  test('that cannot be reached is told once', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const { code, of } = await doctor(`127.0.0.1:${port}`);
    expect([code, of('write')]).toEqual([1, undefined]);
    expect(of('read')).toMatch(/^problem \| .*no connection \(ECONNREFUSED\) \| Check the host name, the network/);
  });

  test('whose docker configuration is broken stops there, before anything is sent', async () => {
    fake = await startFakeRegistry(TOKEN);
    writeFileSync(join(dir, 'config.json'), '{');
    const { code, of } = await doctor(fake.host);
    expect([code, of('read'), fake.log]).toEqual([1, undefined, []]);
    expect(of('login')).toMatch(/^problem \| .*config\.json is not JSON \| Log in again/);
  });

  test('with more than 5,000 tags warns, and works', async () => {
    fake = await startFakeRegistry({ quirks: { pageSize: 1000 } });
    fake.fail({
      kind: 'answer',
      status: 200,
      body: JSON.stringify({ tags: Array.from({ length: 5001 }, (_, at) => `t-${at}`) }),
      on: ({ path }) => path.includes('/tags/'),
    });
    const { code, of } = await doctor(fake.host);
    expect([code, of('read')]).toEqual([0, 'ok | the repository can be read: 5,001 tags']);
    expect(of('tags')).toMatch(/^warning \| 5,001 tags are in the repository, more than 5,000: /);
  });
});

describe('of ghcr.io', () => {
  const uri = { kind: 'oci', host: 'ghcr.io', repository: REPOSITORY, insecure: false, share: 'repository' } as const;
  const { signal } = new AbortController();
  const denied = async () => {
    throw new WaybillError('STORE_DENIED', 'GET https://ghcr.io/token answers 403', { kind: 'remote' });
  };

  async function* deniedPages() {
    yield await denied();
  }

  /** What the fake answers, under the name of ghcr.io. */
  async function check(login: FoundCredentials | undefined, deny: 'push' | 'all' | 'nothing' = 'nothing') {
    const started = await startFakeRegistry();
    const log = { info: () => undefined };
    const options = {
      access: 'push' as const,
      env: {},
      home: dir,
      githubToken: '',
      now: Date.now,
      random: () => 0,
      log,
    };
    const { registry, close } = await connectRegistry({ ...uri, host: started.host }, options);
    const tried: Registry = {
      ...registry,
      blobs: { ...registry.blobs, ...(deny === 'nothing' ? {} : { tryUpload: denied }) },
      ...(deny === 'all' ? { tags: () => deniedPages() } : {}),
    };
    const connection = { registry: tried, findLogin: async () => login, close };
    const checks = await checkRegistry(connection, uri, { readOnly: false }, signal);
    close();
    await started.stop();
    return Object.fromEntries(checks.map(({ name, status, text, hint }) => [name, `${status} | ${text} | ${hint}`]));
  }

  test('without a login says how a step gets one', async () => {
    expect((await check(undefined))['login']).toMatch(/^warning \| none for ghcr\.io: .*env: \{ GITHUB_TOKEN: /);
  });

  test('with the token of the job names it, and not what it is', async () => {
    const credentials = { kind: 'basic', username: 'x-access-token', password: 'ghs_secret' } as const;
    const checks = await check({ credentials, origin: { kind: 'github-token' } });
    expect(checks['login']).toBe('ok | ghcr.io, with GITHUB_TOKEN | undefined');
    expect(JSON.stringify(checks)).not.toContain('ghs_secret');
  });

  test('with a login of a helper names the helper', async () => {
    const origin = { kind: 'helper', name: 'desktop' } as const;
    const checks = await check({ credentials: { kind: 'identity-token', token: 'secret' }, origin });
    expect(checks['login']).toBe('ok | ghcr.io, by a refresh token, from docker-credential-desktop | undefined');
  });

  test('that denies says the permissions that are lacking, for each use', async () => {
    const checks = await check(undefined, 'all');
    expect(checks['read']).toContain('`permissions: { packages: read }`');
    expect(checks['write']).toMatch(
      /`permissions: { packages: write }`.*role Write \(package settings, Manage Actions access\)/,
    );
    expect((await check(undefined, 'push'))['write']).toContain('--read-only');
  });
});
