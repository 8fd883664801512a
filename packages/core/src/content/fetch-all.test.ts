import { describe, expect, test } from '@jest/globals';
import { blob, collect, pieces } from '@waybill/testing/store-suite';
import { fetchAll } from './fetch-all.ts';
import type { Fetcher } from './ports.ts';
import { verifying } from './verifying.ts';

const { bytes, descriptor } = blob('the right bytes');

function giving(...all: readonly Uint8Array[]): Fetcher {
  return { fetch: async () => pieces(...all) };
}

const half = bytes.subarray(0, 5);
const rest = bytes.subarray(5);
const flipped = Buffer.from(rest);
flipped[0] = (flipped[0] ?? 0) ^ 1;

describe.each([
  ['fetchAll', (fetcher: Fetcher) => fetchAll(fetcher, descriptor)],
  ['verifying', async (fetcher: Fetcher) => collect(await verifying(fetcher).fetch(descriptor))],
] as const)('%s', (_, read) => {
  test('gives the bytes, however they come in pieces', async () => {
    expect((await read(giving(half, rest))).equals(bytes)).toBe(true);
    expect((await read(giving(bytes))).equals(bytes)).toBe(true);
  });

  test('refuses a flipped bit', async () => {
    await expect(read(giving(half, flipped))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', kind: 'integrity' });
  });

  test('refuses bytes that are too few or too many', async () => {
    await expect(read(giving(half))).rejects.toMatchObject({ code: 'SIZE_MISMATCH', kind: 'integrity' });
    await expect(read(giving(bytes, half))).rejects.toMatchObject({ code: 'SIZE_MISMATCH', kind: 'integrity' });
  });
});

test('fetchAll refuses a descriptor past the cap before it asks for a byte', async () => {
  const unasked: Fetcher = {
    fetch: () => {
      throw new Error('asked');
    },
  };
  await expect(fetchAll(unasked, descriptor, { maxBytes: bytes.byteLength - 1 })).rejects.toMatchObject({
    code: 'BLOB_TOO_LARGE',
  });
});

test('fetchAll stops at an abort between two pieces', async () => {
  const abort = new AbortController();
  const stream = async function* () {
    yield half;
    abort.abort(new Error('enough'));
    yield rest;
  };
  await expect(fetchAll({ fetch: async () => stream() }, descriptor, { signal: abort.signal })).rejects.toThrow(
    'enough',
  );
});
