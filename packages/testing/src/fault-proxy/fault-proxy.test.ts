import { createHash } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { expect, test } from '@jest/globals';
import { createPacer, startMeter, startShapedLink } from './index.ts';

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

test('a meter counts requests and bytes of bodies, both ways, and lets everything through as it is', async () => {
  const seen: unknown[] = [];
  const target = http.createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.once('end', () => {
      seen.push([request.method, request.url, request.headers.host, Buffer.concat(pieces).toString()]);
      response.writeHead(418, { 'x-two': ['a', 'b'], 'content-length': '5' });
      response.end(request.method === 'HEAD' ? undefined : 'short');
    });
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = target.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const meter = await startMeter({ target: `127.0.0.1:${address.port}` });
  try {
    const answer = await fetch(`http://${meter.host}/a?b=c`, { method: 'PUT', body: 'a longer body' });
    expect([answer.status, answer.headers.get('x-two'), await answer.text()]).toEqual([418, 'a, b', 'short']);
    expect((await fetch(`http://${meter.host}/head`, { method: 'HEAD' })).headers.get('content-length')).toBe('5');
    expect(seen).toEqual([
      ['PUT', '/a?b=c', meter.host, 'a longer body'],
      ['HEAD', '/head', meter.host, ''],
    ]);
    expect(meter.take()).toEqual({ requests: 2, up: 13, down: 5 });
    expect(meter.take()).toEqual({ requests: 0, up: 0, down: 0 });
    await new Promise((resolve) => target.close(resolve).closeAllConnections());
    await expect(fetch(`http://${meter.host}/gone`)).rejects.toThrow('fetch failed');
  } finally {
    await meter.stop();
    target.close();
  }
});
