import { execFileSync } from 'node:child_process';
import { call } from './call.ts';

const { INPUT_KEY: key = '', INPUT_PATH: path = '' } = process.env;
const body = new Uint8Array(execFileSync('tar', ['-czf', '-', path], { maxBuffer: 2 ** 30 }));
const url = (await call('CreateCacheEntry', { key })).get('signed_upload_url') ?? '';
const put = await fetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body });
if (!put.ok) throw new Error(`PUT: ${put.status}`);
await call('FinalizeCacheEntryUpload', { key, size_bytes: String(body.length) });
