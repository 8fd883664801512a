import { createHash } from 'node:crypto';
import net from 'node:net';
import { expect, test } from '@jest/globals';
import { createPacer, startShapedLink } from './index.ts';

test('bytes leave one after the other at the rate of the link, and then travel', () => {
  const due = createPacer({ bytesPerSecond: 1000, latencyMs: 20 });
  expect(due(0, 500)).toBe(520);
  expect(due(0, 500)).toBe(1020);
  expect(due(3000, 100)).toBe(3120);
});

test('a link without a limit only takes its time', () => {
  const due = createPacer({ bytesPerSecond: Infinity, latencyMs: 7 });
  expect([due(0, 1e9), due(0, 1e9)]).toEqual([7, 7]);
});

test('what goes in comes out, both ways, on several connections, and is counted', async () => {
  const echo = net.createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const shape = { bytesPerSecond: 200_000_000, latencyMs: 2 };
  const link = await startShapedLink({ target: `127.0.0.1:${address.port}`, up: shape, down: shape });
  const sent = Buffer.alloc(3_000_000, 'shaped link');
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  const talk = () =>
    new Promise<string>((resolve, reject) => {
      const pieces: Buffer[] = [];
      const socket = net.connect({ port: Number(link.host.split(':')[1]), allowHalfOpen: true });
      socket.on('data', (piece: Buffer) => pieces.push(piece)).once('error', reject);
      socket.once('end', () => resolve(digest(Buffer.concat(pieces))));
      socket.end(sent);
    });
  try {
    expect(await Promise.all([talk(), talk()])).toEqual([digest(sent), digest(sent)]);
    expect(link.bytes).toEqual({ up: 6_000_000, down: 6_000_000 });
  } finally {
    await link.stop();
    await new Promise((resolve) => echo.close(resolve));
  }
});
