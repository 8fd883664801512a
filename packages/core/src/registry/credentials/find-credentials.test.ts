import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findCredentials, locateCredentials, type RunHelper, runCredentialHelper } from '../index.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'docker-config-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const AUTH = Buffer.from('me:pa:ss').toString('base64');
const ME = { kind: 'basic', username: 'me', password: 'pa:ss' };

const none: RunHelper = async () => ({ code: 1, output: 'credentials not found in native keychain' });

async function find(config: unknown, host: string, of: { runHelper?: RunHelper; githubToken?: string } = {}) {
  if (config !== undefined) {
    await writeFile(join(dir, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  }
  return findCredentials({ env: { DOCKER_CONFIG: dir }, home: '/nonexistent', runHelper: none, ...of })(host);
}

describe('findCredentials', () => {
  test.each([
    ['r.example', 'r.example'],
    ['https://r.example', 'r.example'],
    ['https://r.example/v2/', 'r.example'],
    ['http://r.example/', 'r.example'],
    ['R.example:5000', 'r.example:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['https://index.docker.io/v1/', 'registry-1.docker.io'],
  ])('an entry %s is for the host %s', async (key, host) => {
    expect(await find({ auths: { [key]: { auth: AUTH } } }, host)).toEqual(ME);
  });

  test.each(['r.example:5000', 'a.r.example', 'example', 'r.example.evil'])(
    'an entry r.example is not for the host %s',
    async (host) => {
      expect(await find({ auths: { 'r.example': { auth: AUTH } } }, host)).toBeUndefined();
    },
  );

  test('a refresh token counts before a password', async () => {
    expect(await find({ auths: { 'r.example': { auth: AUTH, identitytoken: 'refresh' } } }, 'r.example')).toEqual({
      kind: 'identity-token',
      token: 'refresh',
    });
  });

  test('the helper of the host is asked, else the one for all, else what the file says', async () => {
    const asked: string[] = [];
    const runHelper: RunHelper = async (name, host) => {
      asked.push(`${name} ${host}`);
      if (host === 'file.example') return { code: 1, output: 'credentials not found in native keychain' };
      return {
        code: 0,
        output: JSON.stringify({ ServerURL: host, Username: host === 'token.example' ? '<token>' : 'u', Secret: 's' }),
      };
    };
    const config = {
      credHelpers: { 'one.example': 'ecr-login' },
      credsStore: 'desktop',
      auths: { 'file.example': { auth: AUTH }, 'one.example': {} },
    };
    const basic = { kind: 'basic', username: 'u', password: 's' };
    expect(await find(config, 'one.example', { runHelper })).toEqual(basic);
    expect(await find(config, 'docker.io', { runHelper })).toEqual(basic);
    expect(await find(config, 'token.example', { runHelper })).toEqual({ kind: 'identity-token', token: 's' });
    expect(await find(config, 'file.example', { runHelper })).toEqual(ME);
    expect(asked).toEqual([
      'ecr-login one.example',
      'desktop https://index.docker.io/v1/',
      'desktop token.example',
      'desktop file.example',
    ]);
  });

  test('the token of another GitHub is not for ghcr.io', async () => {
    const known = async (server: string) => {
      const env = { GITHUB_SERVER_URL: server };
      return (await locateCredentials({ env, home: '/nonexistent', runHelper: none, githubToken: 'ghs_x' }, 'ghcr.io'))
        ?.origin;
    };
    expect(await known('https://github.com')).toEqual({ kind: 'github-token' });
    expect(await known('https://github.octo.example')).toBeUndefined();
  });

  test('the GitHub token is for ghcr.io alone, and gives way to what docker has', async () => {
    const githubToken = 'gh-token';
    const token = { kind: 'basic', username: 'x-access-token', password: githubToken };
    expect(await find(undefined, 'ghcr.io', { githubToken })).toEqual(token);
    expect(await find(undefined, 'r.example', { githubToken })).toBeUndefined();
    expect(await find(undefined, 'evil.ghcr.io', { githubToken })).toBeUndefined();
    expect(await find({ auths: { 'ghcr.io': { auth: AUTH } } }, 'ghcr.io', { githubToken })).toEqual(ME);
  });

  test('a config that is not JSON is said to be so, and not quoted', async () => {
    const found = find('{"auths": {"r.example": {"auth": "c2VjcmV0"', 'r.example');
    await expect(found).rejects.toMatchObject({
      code: 'DOCKER_CONFIG_INVALID',
      kind: 'user',
      message: expect.not.stringContaining('c2Vj'),
    });
  });

  test('a helper whose name is a path is not run', async () => {
    const runHelper: RunHelper = async () => {
      throw new Error('was run');
    };
    await expect(find({ credsStore: '../evil' }, 'r.example', { runHelper })).rejects.toMatchObject({
      code: 'CREDENTIAL_HELPER_FAILED',
      message: expect.stringContaining('none of a program'),
    });
  });
});

describe('runCredentialHelper', () => {
  const helper = async (name: string, script: string) => {
    const file = join(dir, `docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  };
  const env = () => ({ PATH: `${dir}:/usr/bin:/bin` });

  test('gives the host to the helper and what it prints', async () => {
    await helper('echo', 'read host; echo "{\\"Username\\":\\"$1\\",\\"Secret\\":\\"$host\\"}"');
    await writeFile(join(dir, 'config.json'), JSON.stringify({ credsStore: 'echo' }));
    const source = findCredentials({ env: { DOCKER_CONFIG: dir }, home: dir, runHelper: runCredentialHelper(env()) });
    expect(await source('r.example')).toEqual({ kind: 'basic', username: 'get', password: 'r.example' });
  });

  test('ends one that takes too long, and tells that one is missing', async () => {
    await helper('slow', 'exec sleep 60');
    await writeFile(
      join(dir, 'config.json'),
      JSON.stringify({ credsStore: 'slow', credHelpers: { 'm.example': 'missing' } }),
    );
    const source = findCredentials({
      env: { DOCKER_CONFIG: dir },
      home: dir,
      runHelper: runCredentialHelper(env(), 100),
    });
    await expect(source('r.example')).rejects.toMatchObject({ message: expect.stringContaining('took too long') });
    await expect(source('m.example')).rejects.toMatchObject({ message: expect.stringContaining('not on the PATH') });
  });
});

test.each([
  ['one.example', { kind: 'helper', name: 'ecr-login' }],
  ['file.example', { kind: 'file' }],
  ['ghcr.io', { kind: 'github-token' }],
  ['nobody.example', undefined],
])('for %s it is told where they were found: %j', async (host, origin) => {
  const runHelper: RunHelper = async () => ({ code: 0, output: JSON.stringify({ Username: 'u', Secret: 's' }) });
  const config = { credHelpers: { 'one.example': 'ecr-login' }, auths: { 'file.example': { auth: AUTH } } };
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
  const options = { env: { DOCKER_CONFIG: dir }, home: '/nonexistent', runHelper, githubToken: 'ghs_x' };
  const found = await locateCredentials(options, host);
  expect(found?.origin).toEqual(origin?.kind === 'file' ? { ...origin, path: join(dir, 'config.json') } : origin);
  expect(found?.credentials).toEqual(await findCredentials(options)(host));
});
