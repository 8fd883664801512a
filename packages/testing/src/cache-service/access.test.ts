import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CacheService, type CacheServiceOptions, startCacheService } from './index.ts';
import { askBlob, createRawClient, MAIN, putBlob, VERSION } from './raw-client.ts';

let folder: string;
let service: CacheService;
let now: number;
const { call, find, matched, reader, save, writer } = createRawClient(() => service);
beforeEach(async () => {
  now = Date.parse('2026-11-21T10:00:00Z');
  folder = await mkdtemp(join(tmpdir(), 'cache-service-'));
  service = await startCacheService({ folder, clock: () => now });
});
afterEach(async () => {
  await service.stop();
  await rm(folder, { recursive: true });
});

const restart = async (options: Partial<CacheServiceOptions> = {}) => {
  await service.stop();
  service = await startCacheService({ folder, clock: () => now, ...options });
};

describe('a look-up', () => {
  test('takes the key itself before a newer longer one, then the newest that begins with it', async () => {
    await save('npm-1', 'a');
    await save('npm-10', 'b');
    await save('npm-11', 'c');
    expect(await matched('npm-1')).toBe('npm-1');
    expect(await matched('npm-')).toBe('npm-11');
    expect(await matched('pm-1')).toBeUndefined();
  });

  test('takes restore keys in their order, not by age', async () => {
    await save('b-1', '1');
    await save('b-2', '2');
    await save('a-1', '3');
    expect(await matched('none', ['b-', 'a-'])).toBe('b-2');
    expect(await matched('none', ['c-', 'a-', 'b-'])).toBe('a-1');
  });

  test('goes through the scopes of the token, each with all keys, and sees no others', async () => {
    await save('k-main', '1');
    await save('k', '2', { token: writer('refs/heads/other') });
    await save('r-own', '3', { token: writer('refs/pull/1/merge') });
    expect(await matched('k', ['r-'], reader('refs/pull/1/merge', MAIN))).toBe('r-own');
    expect(await matched('k', [], reader('refs/pull/1/merge', MAIN))).toBe('k-main');
    expect(await matched('k', [], reader('refs/pull/2/merge'))).toBeUndefined();
  });

  test('keeps versions and repositories apart', async () => {
    await save('k', '1');
    expect(await matched('k', [], writer(), 'b'.repeat(64))).toBeUndefined();
    const foreign = service.token({ repositoryId: '7', scopes: [{ scope: MAIN, access: 'write' }] });
    expect(await matched('k', [], foreign)).toBeUndefined();
    await save('k', '2', { token: foreign });
    await save('k', '3', { version: 'b'.repeat(64) });
    expect((await askBlob('GET', (await find('k')).url)).bytes.toString()).toBe('1');
  });
});

describe('who may what', () => {
  test('a token without a scope to write to reads, and its save is refused in words', async () => {
    await save('k', '1');
    expect(await matched('k', [], reader(MAIN))).toBe('k');
    expect(await call('CreateCacheEntry', { key: 'n', version: VERSION }, reader(MAIN))).toMatchObject({
      ok: false,
      message: 'the token may not write to any scope',
    });
  });

  test('a token of another service, a spoilt one and an old one are refused', async () => {
    const old = writer();
    const unauthenticated = { status: 401, code: 'unauthenticated' };
    expect(await find('k', [], `${old.slice(0, -2)}xx`)).toMatchObject(unauthenticated);
    expect(await find('k', [], 'nonsense')).toMatchObject(unauthenticated);
    now += 6 * 3_600_000;
    expect(await find('k', [], old)).toMatchObject(unauthenticated);
    await restart();
    expect(await find('k', [], old)).toMatchObject(unauthenticated);
  });

  test('an address is good for one blob, one use and one hour', async () => {
    const { url: upload } = await call('CreateCacheEntry', { key: 'k', version: VERSION });
    expect((await askBlob('GET', upload)).header('x-ms-error-code')).toBe('AuthenticationFailed');
    await putBlob(upload, 'abc');
    await call('FinalizeCacheEntryUpload', { key: 'k', version: VERSION, sizeBytes: '3' });
    await call('CreateCacheEntry', { key: 'k2', version: VERSION });
    const { url } = await find('k');
    expect((await putBlob(url, 'x')).status).toBe(403);
    expect((await putBlob(upload.replace('/1?', '/2?'), 'x')).status).toBe(403);
    expect((await askBlob('GET', url.replace('sp=r', 'sp=cw'))).status).toBe(403);
    now += 3_600_000;
    expect((await askBlob('GET', url)).status).toBe(403);
    expect(service.entries()).toHaveLength(1);
  });
});

test('what is no request of the service is answered by its error', async () => {
  expect(await call('DeleteCacheEntry', {})).toMatchObject({ status: 404, code: 'bad_route' });
  expect(await call('CreateCacheEntry', [])).toMatchObject({ status: 400, code: 'malformed' });
  expect(await call('CreateCacheEntry', { version: VERSION })).toMatchObject({
    code: 'invalid_argument',
    msg: 'key is required',
  });
  expect(await call('CreateCacheEntry', { key: 'k' })).toMatchObject({
    code: 'invalid_argument',
    msg: 'version is required',
  });
  expect(await call('CreateCacheEntry', { key: 'a,b', version: VERSION })).toMatchObject({ code: 'invalid_argument' });
  expect(await call('CreateCacheEntry', { key: 'k'.repeat(513), version: VERSION })).toMatchObject({
    code: 'invalid_argument',
  });
  expect(await call('CreateCacheEntry', { key: 'k', version: 'v'.repeat(70_000) })).toMatchObject({ status: 413 });
  expect(
    await find(
      'k',
      Array.from({ length: 10 }, (_, index) => `k${index}`),
    ),
  ).toMatchObject({ code: 'invalid_argument' });
  expect((await askBlob('GET', `http://${service.host}/elsewhere`)).status).toBe(400);
  const { url } = await call('CreateCacheEntry', { key: 'k', version: VERSION });
  expect((await askBlob('PUT', url, { body: 'x', headers: { 'x-ms-blob-type': 'PageBlob' } })).status).toBe(400);
});

test('both JSON names of a field are understood', async () => {
  await save('a-1', '1');
  expect(await call('GetCacheEntryDownloadURL', { key: 'n', restore_keys: ['a-'], version: VERSION })).toMatchObject({
    matched_key: 'a-1',
  });
  expect(await call('GetCacheEntryDownloadURL', { key: 'n', restoreKeys: ['a-'], version: VERSION })).toMatchObject({
    matched_key: 'a-1',
  });
});

test('addresses lead back by the way that the request came, or by the host that was named', async () => {
  const { port } = new URL(`http://${service.host}`);
  const by = await call('CreateCacheEntry', { key: 'a', version: VERSION }, writer(), `localhost:${port}`);
  expect(new URL(by.url).host).toBe(`localhost:${port}`);
  await restart({ blobHost: 'cache.blob.core.windows.net' });
  const named = await call('CreateCacheEntry', { key: 'b', version: VERSION });
  expect(new URL(named.url).host).toBe(`cache.blob.core.windows.net:${new URL(`http://${service.host}`).port}`);
});
