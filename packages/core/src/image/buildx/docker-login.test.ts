import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loginForBuild } from './docker-login.ts';

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'docker-login-'));
});
afterEach(() => rmSync(work, { recursive: true }));

const LOGIN = { host: 'ghcr.io', username: 'x-access-token', password: 'secret' };

test("S1-10: a build's own login leaves the user's configuration as it is", async () => {
  const own = join(work, 'own');
  mkdirSync(join(own, 'buildx'), { recursive: true });
  const text = JSON.stringify({
    auths: { 'a.example': { auth: 'x' } },
    credsStore: 'desktop',
    credHelpers: { 'b.example': 'b' },
  });
  writeFileSync(join(own, 'config.json'), text);
  writeFileSync(join(own, 'buildx/builder'), '1');
  const folder = join(work, 'new');
  expect(await loginForBuild(folder, LOGIN, { env: { DOCKER_CONFIG: own }, home: '/nowhere' })).toEqual({
    DOCKER_CONFIG: folder,
  });
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toEqual({
    auths: { 'a.example': { auth: 'x' }, 'ghcr.io': { auth: Buffer.from('x-access-token:secret').toString('base64') } },
    credsStore: 'desktop',
    credHelpers: { 'b.example': 'b', 'ghcr.io': '' },
  });
  expect(readFileSync(join(own, 'config.json'), 'utf8')).toBe(text);
  expect(existsSync(join(folder, 'buildx/builder'))).toBe(true);
  if (process.platform !== 'win32') expect(statSync(join(folder, 'config.json')).mode & 0o077).toBe(0);
});

test('without a configuration there is one with this login alone', async () => {
  const folder = join(work, 'new');
  await loginForBuild(folder, LOGIN, { env: {}, home: work });
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({
    auths: { 'ghcr.io': expect.anything() },
  });
});
