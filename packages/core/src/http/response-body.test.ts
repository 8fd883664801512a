import http from 'node:http';
import { expect, test } from '@jest/globals';
import { createHttp } from './index.ts';

const BYTES = Buffer.from(Array.from({ length: 400_000 }, (_, n) => n % 253));

/** All pieces of a body and, of each, whether it was still there when the next one came. */
async function read(passing: boolean) {
  const server = http.createServer((_request, response) => response.end(BYTES));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = createHttp();
  try {
    const response = await client.request({ method: 'GET', url: `http://127.0.0.1:${address.port}/` });
    const copies: Buffer[] = [];
    const pieces: Uint8Array[] = [];
    for await (const piece of passing ? response.passing() : response.body) {
      copies.push(Buffer.from(piece));
      pieces.push(piece);
    }
    return { whole: Buffer.concat(copies), left: pieces.reduce((sum, { byteLength }) => sum + byteLength, 0) };
  } finally {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('the pieces of a body are its reader’s to keep', async () => {
  const { whole, left } = await read(false);
  expect([whole.equals(BYTES), left]).toEqual([true, BYTES.length]);
});

test('the pieces of a passing body are right while they are there, and give their memory back', async () => {
  const { whole, left } = await read(true);
  expect(whole.equals(BYTES)).toBe(true);
  // Small ones may share their memory with others, and are left alone.
  expect(left).toBeLessThan(64 * 1024);
});
