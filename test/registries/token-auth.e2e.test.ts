import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createHttp, type Http } from '@waybill/core/http';
import { type Registry as Client, createRegistry } from '@waybill/core/registry';
import { blob } from '@waybill/testing/store-suite';
import { startDockerRegistry } from './docker-registry.ts';
import type { Registry } from './start-server.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

const USERS = {
  writer: { password: 'w', actions: ['pull', 'push', 'delete'] },
  reader: { password: 'r', actions: ['pull'] },
};
let tokens: TokenServer;
let registry: Registry;
let http: Http;
let repositories = 0;

beforeAll(async () => {
  tokens = await startTokenServer(USERS);
  registry = await startDockerRegistry({ token: tokens.token });
});
afterAll(async () => {
  await registry.stop();
  await tokens.stop();
});
beforeEach(() => {
  http = createHttp();
  repositories += 1;
});
afterEach(() => http.close());

function open(username: keyof typeof USERS, now: () => number = () => 0): Client {
  const { password } = USERS[username];
  return createRegistry({
    host: registry.host,
    repository: `octo-org/app-${repositories}`,
    http,
    access: 'push',
    credentials: async () => ({ kind: 'basic', username, password }),
    clock: { now, sleep: async () => undefined, random: () => 0 },
  });
}

test('one exchange serves a push, a look, and a fetch', async () => {
  const { bytes, descriptor } = blob(`content ${repositories}`);
  const before = tokens.exchanges.length;
  const { blobs } = open('writer');
  await blobs.push(descriptor, bytes);
  expect(await blobs.head(descriptor.digest)).toBe(bytes.byteLength);
  expect(tokens.exchanges.slice(before)).toEqual([[`repository:octo-org/app-${repositories}:pull,push`]]);
  expect(await blobs.delete(descriptor.digest)).toBe(true);
});

test('a token that may only read reads, and a push is STORE_DENIED', async () => {
  const { bytes, descriptor } = blob(`content ${repositories}`);
  await open('writer').blobs.push(descriptor, bytes);
  const { blobs } = open('reader');
  expect(await blobs.head(descriptor.digest)).toBe(bytes.byteLength);
  const other = blob('other');
  await expect(blobs.push(other.descriptor, other.bytes)).rejects.toMatchObject({ code: 'STORE_DENIED' });
});

test('a token that has expired in the middle of a push is replaced, and the push goes through', async () => {
  const { bytes, descriptor } = blob(`content ${repositories}`);
  let now = 0;
  // Each token counts as old by the next request: the one for the PUT is the second.
  const { blobs } = open('writer', () => (now += 200_000));
  tokens.spoil(2);
  const before = tokens.exchanges.length;
  await blobs.push(descriptor, bytes);
  expect(tokens.exchanges.length - before).toBeGreaterThanOrEqual(3);
  expect(await open('reader').blobs.head(descriptor.digest)).toBe(bytes.byteLength);
});

test('a blob is mounted from a repository that the token may read', async () => {
  const { bytes, descriptor } = blob(`content ${repositories}`);
  const source = open('writer');
  await source.blobs.push(descriptor, bytes);
  repositories += 1;
  const target = open('writer');
  expect(await target.blobs.mount(descriptor.digest, source.repository)).toEqual({ mounted: true });
  expect(await target.blobs.head(descriptor.digest)).toBe(bytes.byteLength);
  expect(tokens.exchanges.at(-2)).toEqual([
    `repository:${target.repository}:pull,push`,
    `repository:${source.repository}:pull`,
  ]);
});
