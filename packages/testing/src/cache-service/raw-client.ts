import { expect } from '@jest/globals';
import type { CacheService, TokenScope } from './types.ts';

export const MAIN = 'refs/heads/main';
export const VERSION = 'a'.repeat(64);

/** Speaks to a service with the paths, fields and headers that the toolkit and Azure's client send, by plain requests. */
export interface RawClient {
  /** May write to the first scope and read the others; default the main branch alone. */
  writer(...scopes: readonly string[]): string;
  reader(...scopes: readonly string[]): string;
  /** Calls a method; gives the answer's fields, its status, and the address in it as `url`. */
  call(method: string, fields: object, token?: string, host?: string): Promise<CallAnswer>;
  /** Goes through the three steps of a save, which must succeed. */
  save(key: string, content: string, more?: { readonly token?: string; readonly version?: string }): Promise<void>;
  find(key: string, restoreKeys?: readonly string[], token?: string, version?: string): Promise<CallAnswer>;
  /** The key that `find` finds. */
  matched(key: string, restoreKeys?: readonly string[], token?: string, version?: string): Promise<unknown>;
}

export interface CallAnswer extends Readonly<Record<string, unknown>> {
  readonly status: number;
  readonly url: string;
}

export interface BlobRequest {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** `service` is asked for anew each time, as tests start another. */
export function createRawClient(service: () => CacheService): RawClient {
  const writer = (...scopes: readonly string[]): string =>
    service().token({
      scopes: (scopes.length === 0 ? [MAIN] : scopes).map((scope, index) => ({
        scope,
        access: index === 0 ? 'write' : 'read',
      })),
    });

  const call: RawClient['call'] = async (method, fields, token = writer(), host = service().host) => {
    const response = await fetch(`http://${host}/twirp/github.actions.results.api.v1.CacheService/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    const answer: unknown = await response.json();
    const body: Record<string, unknown> = Object.fromEntries(Object.entries(answer ?? {}));
    return { ...body, status: response.status, url: String(body['signed_upload_url'] ?? body['signed_download_url']) };
  };

  const find: RawClient['find'] = (key, restoreKeys = [], token = writer(), version = VERSION) =>
    call('GetCacheEntryDownloadURL', { key, restoreKeys, version }, token);

  return {
    writer,
    reader: (...scopes) => service().token({ scopes: scopes.map((scope): TokenScope => ({ scope, access: 'read' })) }),
    call,
    save: async (key, content, { token = writer(), version = VERSION } = {}) => {
      const { url } = await call('CreateCacheEntry', { key, version }, token);
      expect((await putBlob(url, content)).status).toBe(201);
      const sizeBytes = String(content.length);
      expect(await call('FinalizeCacheEntryUpload', { key, version, sizeBytes }, token)).toMatchObject({
        status: 200,
        ok: true,
        entry_id: expect.any(String),
      });
    },
    find,
    matched: async (...args) => (await find(...args))['matched_key'],
  };
}

export async function askBlob(method: string, url: string, request: BlobRequest = {}) {
  const response = await fetch(url, { method, ...request });
  const { status, headers } = response;
  return { status, bytes: Buffer.from(await response.arrayBuffer()), header: (name: string) => headers.get(name) };
}

export function putBlob(url: string, body: string) {
  return askBlob('PUT', url, { body, headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2025-11-05' } });
}

export function putBlock(url: string, number: number, body: string | Uint8Array<ArrayBuffer>) {
  return askBlob('PUT', `${url}&comp=block&blockid=${encodeURIComponent(blockId(number))}`, { body });
}

export function putBlockList(url: string, numbers: readonly number[], element = 'Latest') {
  const items = numbers.map((number) => `<${element}>${blockId(number)}</${element}>`).join('');
  const body = `<?xml version="1.0" encoding="UTF-8"?><BlockList>${items}</BlockList>`;
  return askBlob('PUT', `${url}&comp=blocklist`, { body });
}

function blockId(number: number): string {
  return Buffer.from(String(number).padStart(8, '0')).toString('base64');
}
