import { mkdtemp, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CacheService, startCacheService } from './index.ts';
import { askBlob, createRawClient, MAIN, putBlob, putBlock, putBlockList, VERSION } from './raw-client.ts';

let folder: string;
let service: CacheService;
let now: number;
const { call, find, matched, save, writer } = createRawClient(() => service);
beforeEach(async () => {
  now = Date.parse('2026-11-21T10:00:00Z');
  folder = await mkdtemp(join(tmpdir(), 'cache-service-'));
  service = await startCacheService({ folder, clock: () => now });
});
afterEach(async () => {
  await service.stop();
  await rm(folder, { recursive: true });
});

describe('an entry', () => {
  test('is saved and fetched, whole and in ranges', async () => {
    await save('k-1', '0123456789');
    const { url, ...found } = await find('k-1');
    expect(found).toMatchObject({ status: 200, ok: true, matched_key: 'k-1' });
    const head = await askBlob('HEAD', url);
    expect([head.status, head.header('content-length'), head.header('x-ms-blob-type')]).toEqual([
      200,
      '10',
      'BlockBlob',
    ]);
    const whole = await askBlob('GET', url);
    expect([whole.status, whole.bytes.toString(), whole.header('etag')]).toEqual([
      200,
      '0123456789',
      head.header('etag'),
    ]);
    const part = await askBlob('GET', url, { headers: { range: 'bytes=0-1', 'x-ms-range': 'bytes=2-4' } });
    expect([part.status, part.bytes.toString(), part.header('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    expect((await askBlob('GET', url, { headers: { range: 'bytes=8-' } })).bytes.toString()).toBe('89');
    expect((await askBlob('GET', url, { headers: { range: 'bytes=7-99' } })).header('content-range')).toBe(
      'bytes 7-9/10',
    );
    const beyond = await askBlob('GET', url, { headers: { range: 'bytes=10-' } });
    expect([beyond.status, beyond.header('x-ms-error-code'), beyond.header('content-range')]).toEqual([
      416,
      'InvalidRange',
      'bytes */10',
    ]);
    expect((await askBlob('GET', url, { headers: { 'if-match': '"0x1"' } })).status).toBe(412);
    expect(service.entries()).toEqual([
      { id: '1', repositoryId: '1296269', scope: MAIN, key: 'k-1', version: VERSION, size: 10, createdAt: now },
    ]);
  });

  test('is found only when it is finished, and is never made twice', async () => {
    const { url } = await call('CreateCacheEntry', { key: 'k', version: VERSION });
    const taken = { status: 409, code: 'already_exists' };
    expect(await call('CreateCacheEntry', { key: 'k', version: VERSION })).toMatchObject(taken);
    await putBlob(url, 'abc');
    expect(await find('k')).toMatchObject({ status: 200, ok: false });
    await call('FinalizeCacheEntryUpload', { key: 'k', version: VERSION, size_bytes: 3 });
    expect(await matched('k')).toBe('k');
    expect(await call('CreateCacheEntry', { key: 'k', version: VERSION })).toMatchObject(taken);
    expect(await call('FinalizeCacheEntryUpload', { key: 'k', version: VERSION, size_bytes: 3 })).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    const late = await putBlob(url, 'other');
    expect([late.status, late.header('x-ms-error-code')]).toEqual([409, 'BlobImmutableDueToPolicy']);
  });

  test('is not finished with another size than its upload has', async () => {
    const { url } = await call('CreateCacheEntry', { key: 'k', version: VERSION });
    const finish = () => call('FinalizeCacheEntryUpload', { key: 'k', version: VERSION, sizeBytes: '4' });
    expect(await finish()).toMatchObject({ ok: false, message: 'the upload has no bytes, 4 were announced' });
    await putBlob(url, 'abc');
    expect(await finish()).toMatchObject({ ok: false, message: 'the upload has 3 bytes, 4 were announced' });
    await putBlob(url, 'abcd');
    expect(await finish()).toMatchObject({ ok: true });
  });

  test('whose upload is cut leaves nothing', async () => {
    const { url } = await call('CreateCacheEntry', { key: 'k', version: VERSION });
    const { pathname, search, hostname, port } = new URL(url);
    await new Promise<void>((resolve) => {
      const socket = net.connect({ host: hostname, port: Number(port) });
      socket.write(
        `PUT ${pathname}${search} HTTP/1.1\r\nhost: x\r\nx-ms-blob-type: BlockBlob\r\ncontent-length: 100\r\n\r\nhalf`,
      );
      setTimeout(() => socket.destroy(), 50);
      socket.once('close', () => resolve());
    });
    for (let left = 100; left > 0 && (service.log.length < 2 || (await readdir(folder)).length > 0); left--)
      await sleep(20);
    expect(await readdir(folder)).toEqual([]);
    expect(service.log.at(-1)).toMatchObject({ operation: 'PutBlob', status: 0, received: 4 });
    expect(await call('FinalizeCacheEntryUpload', { key: 'k', version: VERSION, sizeBytes: '4' })).toMatchObject({
      ok: false,
    });
  });
});

describe('blocks', () => {
  test('make the blob in the order of the list, whatever the order of their coming', async () => {
    const { url } = await call('CreateCacheEntry', { key: 'k', version: VERSION });
    await Promise.all([putBlock(url, 2, 'ghi'), putBlock(url, 0, 'abc'), putBlock(url, 1, 'def')]);
    expect((await putBlockList(url, [0, 1, 2])).status).toBe(201);
    await call('FinalizeCacheEntryUpload', { key: 'k', version: VERSION, sizeBytes: '9' });
    expect((await askBlob('GET', (await find('k')).url)).bytes.toString()).toBe('abcdefghi');
  });

  test('that are unknown, or in no list, are refused, and nothing changes', async () => {
    const { url } = await call('CreateCacheEntry', { key: 'k', version: VERSION });
    await putBlock(url, 0, 'old');
    expect((await putBlockList(url, [0])).status).toBe(201);
    await putBlock(url, 1, 'new');
    const unknown = await putBlockList(url, [0, 7]);
    expect([unknown.status, unknown.header('x-ms-error-code')]).toEqual([400, 'InvalidBlockList']);
    expect((await putBlockList(url, [1], 'Committed')).status).toBe(400);
    expect((await putBlockList(url, [0], 'Uncommitted')).status).toBe(400);
    expect((await askBlob('PUT', `${url}&comp=blocklist`, { body: '<Blocks/>' })).header('x-ms-error-code')).toBe(
      'InvalidXmlDocument',
    );
    expect((await askBlob('PUT', `${url}&comp=block&blockid=%20`, { body: 'x' })).status).toBe(400);
    await putBlock(url, 2, 'in no list');
    expect((await putBlockList(url, [0, 1])).status).toBe(201);
    await call('FinalizeCacheEntryUpload', { key: 'k', version: VERSION, sizeBytes: '6' });
    expect((await askBlob('GET', (await find('k')).url)).bytes.toString()).toBe('oldnew');
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('give, in any range, the bytes that one blob would', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 5, minLength: 1 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(25), fc.nat(25), async (blocks, a, b) => {
        await service.clear();
        const { url } = await call('CreateCacheEntry', { key: 'k', version: VERSION });
        for (const [number, bytes] of blocks.entries()) await putBlock(url, number, new Uint8Array(bytes));
        await putBlockList(url, [...blocks.keys()]);
        const whole = Buffer.concat(blocks);
        await call('FinalizeCacheEntryUpload', { key: 'k', version: VERSION, sizeBytes: String(whole.length) });
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const part = await askBlob('GET', (await find('k')).url, { headers: { range: `bytes=${first}-${last}` } });
        if (first >= whole.length) expect(part.status).toBe(416);
        else expect(part.bytes).toEqual(whole.subarray(first, last + 1));
      }),
      { numRuns: 30 },
    );
  });
});

test('env names what a step needs, and requests are counted with their bytes', async () => {
  const token = writer();
  expect(service.env(token)).toEqual({
    ACTIONS_CACHE_SERVICE_V2: 'true',
    ACTIONS_RESULTS_URL: `http://${service.host}/`,
    ACTIONS_RUNTIME_TOKEN: token,
  });
  expect(service.env(token, '127.0.0.1:9')['ACTIONS_RESULTS_URL']).toBe('http://127.0.0.1:9/');
  await save('k', '0123456789');
  const { url } = await find('k');
  await askBlob('HEAD', url);
  await askBlob('GET', url, { headers: { range: 'bytes=0-3' } });
  expect(service.log.map(({ operation }) => operation)).toEqual([
    'CreateCacheEntry',
    'PutBlob',
    'FinalizeCacheEntryUpload',
    'GetCacheEntryDownloadURL',
    'GetBlobProperties',
    'GetBlob',
  ]);
  expect(service.log[1]).toMatchObject({ status: 201, received: 10, sent: 0 });
  expect(service.log[4]).toMatchObject({ status: 200, sent: 0 });
  expect(service.log[5]).toMatchObject({ status: 206, received: 0, sent: 4, path: new URL(url).pathname });
  service.clearLog();
  expect(service.log).toEqual([]);
});

test('clear forgets all, and stop leaves an empty folder', async () => {
  await save('k', '1');
  await service.clear();
  expect([service.entries(), await readdir(folder), await matched('k')]).toEqual([[], [], undefined]);
  await save('k', '1');
  expect(await readdir(folder)).toHaveLength(1);
  await service.stop();
  expect(await readdir(folder)).toEqual([]);
});
