import { type ExecFileException, execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TEST_CERTIFICATE, TEST_KEY } from '@waybill/testing/tls';
import { createHttp, type Http, type HttpOptions, readAll } from './index.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function client(options: HttpOptions = {}): Http {
  const made = createHttp({ idleTimeoutMs: 5000, answerTimeoutMs: 5000, ...options });
  cleanUps.push(() => made.close());
  return made;
}

async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function serve(handler: http.RequestListener, tls = false): Promise<string> {
  const server = tls
    ? https.createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, handler)
    : http.createServer(handler);
  return `${tls ? 'https' : 'http'}://127.0.0.1:${await listen(server)}`;
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  return (await readAll(body, 10_000_000)).toString('utf8');
}

async function* source(...pieces: string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

describe('a request', () => {
  test('has its method, headers and body, and gives status, headers and body', async () => {
    const base = await serve((request, response) => {
      const pieces: Buffer[] = [];
      request
        .on('data', (piece: Buffer) => pieces.push(piece))
        .on('end', () => {
          response.writeHead(201, { 'x-two': ['a', 'b'], 'x-length': request.headers['content-length'] });
          response.end(
            `${request.method} ${request.url} ${String(request.headers['x-in'])} ${Buffer.concat(pieces).toString()}`,
          );
        });
    });
    const body = { size: 6, open: () => source('abc', '', 'def') };
    const response = await client().request({ method: 'PUT', url: `${base}/p?q=1`, headers: { 'x-in': 'v' }, body });
    expect(response.status).toBe(201);
    expect(response.headers).toMatchObject({ 'x-two': 'a, b', 'x-length': '6' });
    expect(await text(response.body)).toBe('PUT /p?q=1 v abcdef');
  });

  test('reuses its connection, also after an answer that was given up', async () => {
    const ports = new Set<number | undefined>();
    const base = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('x'.repeat(1000));
    });
    const one = client();
    await (await one.request({ method: 'GET', url: base })).discard();
    await readAll((await one.request({ method: 'GET', url: base })).body, 1000);
    await (await one.request({ method: 'POST', url: base })).discard();
    expect(ports.size).toBe(1);
  });

  test('is sent again where the kept connection turns out to be closed', async () => {
    let seen = 0;
    const base = await serve((request, response) => {
      seen += 1;
      if (seen === 2) request.socket.destroy();
      else response.end('ok');
    });
    const one = client();
    await readAll((await one.request({ method: 'GET', url: base })).body, 10);
    expect(await text((await one.request({ method: 'GET', url: base })).body)).toBe('ok');
    expect(seen).toBe(3);
  });

  test('fails with the error of the source of its body', async () => {
    const base = await serve((request) => request.resume());
    const failing = async function* () {
      yield Buffer.from('abc');
      throw new Error('the source is gone');
    };
    await expect(client().request({ method: 'PUT', url: base, body: { size: 10, open: failing } })).rejects.toThrow(
      'the source is gone',
    );
  });

  test.each([
    ['more', ['abcd', 'e'], 'at least 5'],
    ['less', ['ab'], '2'],
  ])('whose source gives %s than it said is a bug of the caller', async (_, pieces, found) => {
    const base = await serve((request) => request.resume());
    const asked = client().request({ method: 'PUT', url: base, body: { size: 4, open: () => source(...pieces) } });
    await expect(asked).rejects.toMatchObject({ code: 'HTTP_BODY_SIZE', message: expect.stringContaining(found) });
  });

  test('gives the answer that comes before its body was sent', async () => {
    const base = await serve((_, response) => {
      response.writeHead(401, { connection: 'close' }).end('who are you');
    });
    const big = {
      size: 50_000_000,
      open: async function* () {
        for (let i = 0; i < 50; i += 1) yield Buffer.alloc(1_000_000);
      },
    };
    const answer = await client().request({ method: 'PUT', url: base, body: big });
    expect(answer.status).toBe(401);
    await answer.discard();
  });

  test.each(['ftp://127.0.0.1/', 'nonsense', 'http://user:secret@127.0.0.1/'])('to %s is refused', async (url) => {
    const asked = client().request({ method: 'GET', url });
    await expect(asked).rejects.toMatchObject({
      code: 'HTTP_URL_INVALID',
      message: expect.not.stringContaining('secret'),
    });
  });

  test('to a port where nobody listens is HTTP_UNREACHABLE', async () => {
    const server = net.createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const asked = client().request({ method: 'GET', url: `http://127.0.0.1:${port}/x?token=secret` });
    await expect(asked).rejects.toMatchObject({
      code: 'HTTP_UNREACHABLE',
      kind: 'remote',
      message: expect.not.stringContaining('secret'),
    });
  });

  test('ends with the reason of its signal, before the answer and in the body', async () => {
    const base = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200).write('x');
    });
    const [before, during] = [new AbortController(), new AbortController()];
    const waiting = client().request({ method: 'GET', url: base, signal: before.signal });
    setTimeout(() => before.abort(new Error('enough')), 20);
    await expect(waiting).rejects.toThrow('enough');
    const { body } = await client().request({ method: 'GET', url: `${base}/body`, signal: during.signal });
    setTimeout(() => during.abort(new Error('enough too')), 20);
    await expect(readAll(body, 10)).rejects.toThrow('enough too');
  });
});

describe('time-outs', () => {
  test('an answer that does not come is HTTP_TIMEOUT_ANSWER, though the idle time is shorter', async () => {
    const base = await serve((request) => request.resume());
    const one = client({ idleTimeoutMs: 20, answerTimeoutMs: 120 });
    await expect(one.request({ method: 'PUT', url: base, body: Buffer.from('x') })).rejects.toMatchObject({
      code: 'HTTP_TIMEOUT_ANSWER',
    });
  });

  test('a slow answer of little at a time is not idle', async () => {
    const base = await serve((_, response) => {
      let left = 8;
      const timer = setInterval(() => {
        response.write('x');
        if ((left -= 1) === 0) {
          clearInterval(timer);
          response.end();
        }
      }, 40);
    });
    const { body } = await client({ idleTimeoutMs: 250 }).request({ method: 'GET', url: base });
    expect(await text(body)).toBe('xxxxxxxx');
  });

  test('a body that stops moving is HTTP_TIMEOUT_IDLE', async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('x');
    });
    const { body } = await client({ idleTimeoutMs: 50 }).request({ method: 'GET', url: base });
    await expect(readAll(body, 10)).rejects.toMatchObject({ code: 'HTTP_TIMEOUT_IDLE' });
  });

  test('a reader that takes its time is not the other side being idle', async () => {
    const base = await serve((_, response) => response.end('x'.repeat(300_000)));
    const { body } = await client({ idleTimeoutMs: 100 }).request({ method: 'GET', url: base });
    let size = 0;
    for await (const piece of body) {
      if (size === 0) await new Promise((resolve) => setTimeout(resolve, 250));
      size += piece.byteLength;
    }
    expect(size).toBe(300_000);
  });

  test('a source that takes its time is not the other side being idle', async () => {
    const base = await serve((request, response) => {
      request.resume().on('end', () => response.end());
    });
    const slow = async function* () {
      yield Buffer.from('a');
      await new Promise((resolve) => setTimeout(resolve, 250));
      yield Buffer.from('b');
    };
    const one = client({ idleTimeoutMs: 100 });
    expect((await one.request({ method: 'PUT', url: base, body: { size: 2, open: slow } })).status).toBe(200);
  });

  test('an upload that the other side does not read is HTTP_TIMEOUT_IDLE', async () => {
    const base = await serve((request) => request.pause());
    const asked = client({ idleTimeoutMs: 100 }).request({ method: 'PUT', url: base, body: Buffer.alloc(64_000_000) });
    await expect(asked).rejects.toMatchObject({ code: 'HTTP_TIMEOUT_IDLE' });
  });

  test('TLS that does not get under way is HTTP_UNREACHABLE', async () => {
    const port = await listen(net.createServer());
    const asked = client({ idleTimeoutMs: 50 }).request({ method: 'GET', url: `https://127.0.0.1:${port}` });
    await expect(asked).rejects.toMatchObject({ code: 'HTTP_UNREACHABLE' });
  });
});

describe('bodies', () => {
  test('that are cut off are HTTP_BROKEN', async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('abc', () => response.destroy());
    });
    const { body } = await client().request({ method: 'GET', url: base });
    await expect(readAll(body, 10)).rejects.toMatchObject({ code: 'HTTP_BROKEN' });
  });

  test('that announce too much are refused at once, those that grow too large when they do', async () => {
    const base = await serve((request, response) => {
      if (request.url === '/announced') response.end('x'.repeat(11));
      else response.write('x'.repeat(6), () => response.end('x'.repeat(6)));
    });
    const one = client();
    await expect(one.request({ method: 'GET', url: `${base}/announced`, maxBodyBytes: 10 })).rejects.toMatchObject({
      code: 'HTTP_TOO_LARGE',
    });
    const { body } = await one.request({ method: 'GET', url: `${base}/grows`, maxBodyBytes: 10 });
    await expect(readAll(body, 100)).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
    expect((await one.request({ method: 'HEAD', url: `${base}/announced`, maxBodyBytes: 10 })).status).toBe(200);
  });
});

describe('redirects', () => {
  const chain = async (status: number) => {
    const seen: string[] = [];
    const note: http.RequestListener = (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
      response.end('there');
    };
    const other = await serve(note);
    const base = await serve((request, response) => {
      if (request.url === '/same') response.writeHead(status, { location: '/end?sig=1' }).end();
      else if (request.url === '/other') response.writeHead(status, { location: `${other}/end` }).end();
      else if (request.url === '/loop') response.writeHead(status, { location: '/loop' }).end();
      else note(request, response);
    });
    return { base, other, seen };
  };

  test('are the answer unless the caller follows them', async () => {
    const { base, other } = await chain(307);
    const response = await client().request({ method: 'GET', url: `${base}/other` });
    expect([response.status, response.headers['location']]).toEqual([307, `${other}/end`]);
  });

  test('carry the authorization on the same origin, and never to another', async () => {
    const { base, seen } = await chain(307);
    const headers = { authorization: 'Bearer secret' };
    const one = client();
    for (const path of ['/same', '/other']) {
      const { body } = await one.request({ method: 'GET', url: base + path, headers, follow: () => true });
      expect(await text(body)).toBe('there');
    }
    expect(seen).toEqual(['GET /end?sig=1 Bearer secret', 'GET /end -']);
  });

  test('send a body again for 307, and are the answer to a PUT for 302', async () => {
    const { base, seen } = await chain(307);
    const put = { method: 'PUT', url: `${base}/other`, body: Buffer.from('abc'), follow: () => true };
    expect((await client().request(put)).status).toBe(200);
    expect(seen).toEqual(['PUT /end -']);
    const found = await chain(302);
    expect((await client().request({ ...put, url: `${found.base}/other` })).status).toBe(302);
  });

  test('are followed by the rule of the caller, which sees where they lead', async () => {
    const { base, other } = await chain(301);
    const hops: string[] = [];
    const follow = (hop: { from: URL; to: URL }) => {
      hops.push(`${hop.from.href} ${hop.to.href}`);
      return false;
    };
    expect((await client().request({ method: 'GET', url: `${base}/other`, follow })).status).toBe(301);
    expect(hops).toEqual([`${base}/other ${other}/end`]);
  });

  test('end after five in a row', async () => {
    const { base } = await chain(302);
    await expect(client().request({ method: 'GET', url: `${base}/loop`, follow: () => true })).rejects.toMatchObject({
      code: 'HTTP_TOO_MANY_REDIRECTS',
    });
  });

  test('never lead from https to http', async () => {
    const plain = await serve((_, response) => response.end());
    const base = await serve((_, response) => response.writeHead(307, { location: plain }).end(), true);
    const one = client({ insecureHosts: [new URL(base).host] });
    await expect(one.request({ method: 'GET', url: base, follow: () => true })).rejects.toMatchObject({
      code: 'HTTP_REDIRECT_REFUSED',
    });
  });
});

describe('TLS', () => {
  test('a certificate of an unknown CA is refused, with the way out in the hint', async () => {
    const base = await serve((_, response) => response.end('ok'), true);
    await expect(client().request({ method: 'GET', url: base })).rejects.toMatchObject({
      code: 'HTTP_TLS',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  test('that a host does not speak is told as that, with the way out in the hint', async () => {
    const base = await serve((_, response) => response.end('ok'));
    await expect(client().request({ method: 'GET', url: base.replace('http:', 'https:') })).rejects.toMatchObject({
      code: 'HTTP_TLS',
      message: expect.stringContaining('what answers does not speak TLS'),
      hint: expect.stringContaining('insecure=true'),
    });
  });

  test('is not looked at for the hosts that are named insecure, and for those alone', async () => {
    const [one, other] = [await serve((_, r) => r.end('ok'), true), await serve((_, r) => r.end('ok'), true)];
    const made = client({ insecureHosts: [new URL(one).host] });
    expect(await text((await made.request({ method: 'GET', url: one })).body)).toBe('ok');
    await expect(made.request({ method: 'GET', url: other })).rejects.toMatchObject({ code: 'HTTP_TLS' });
  });

  test('NODE_EXTRA_CA_CERTS is enough, in a process that has it', async () => {
    const base = await serve((_, response) => response.end('ok'), true);
    const dir = await mkdtemp(join(tmpdir(), 'http-ca-'));
    cleanUps.push(() => rm(dir, { recursive: true, force: true }));
    await writeFile(join(dir, 'ca.pem'), TEST_CERTIFICATE);
    const script = `const { createHttp, readAll } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))});
      const made = createHttp();
      const { body } = await made.request({ method: 'GET', url: ${JSON.stringify(base)} });
      console.log(String(await readAll(body, 10)));
      made.close();`;
    const run = (env: Record<string, string>) =>
      new Promise<string>((resolve) => {
        const done = (error: ExecFileException | null, out: string, err: string) =>
          resolve(error === null ? out.trim() : err);
        execFile(process.execPath, ['--input-type=module', '-e', script], { env }, done);
      });
    expect(await run({ NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem') })).toBe('ok');
    expect(await run({})).toContain('HTTP_TLS');
  });
});

describe('proxies', () => {
  /** A proxy that wants a user, and notes what goes through it. */
  const startProxy = async (to?: string) => {
    const seen: string[] = [];
    const allowed = (request: http.IncomingMessage) =>
      request.headers['proxy-authorization'] === `Basic ${Buffer.from('us er:pa:ss').toString('base64')}`;
    const server = http.createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (!allowed(request)) response.writeHead(407).end();
      else response.end(`proxied ${request.headers.host}`);
    });
    server.on('connect', (request, socket: net.Socket) => {
      seen.push(`CONNECT ${request.url}`);
      if (!allowed(request)) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      const far = net.connect(Number(new URL(to ?? '').port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        far.pipe(socket).pipe(far);
      });
      far.on('error', () => socket.destroy());
      socket.on('close', () => far.destroy());
    });
    return { host: `127.0.0.1:${await listen(server)}`, seen };
  };

  test('plain http goes through HTTP_PROXY with its user, the whole URL in the request', async () => {
    const { host, seen } = await startProxy();
    const one = client({ env: { HTTP_PROXY: `http://us%20er:pa%3Ass@${host}` } });
    const { body } = await one.request({ method: 'GET', url: 'http://registry.example:81/v2/?n=1' });
    expect(await text(body)).toBe('proxied registry.example:81');
    expect(seen).toEqual(['GET http://registry.example:81/v2/?n=1']);
  });

  test('https goes through a tunnel of https_proxy, which is kept', async () => {
    const base = await serve((request, response) => response.end(`${request.headers.host}`), true);
    const { host, seen } = await startProxy(base);
    const one = client({ env: { https_proxy: `http://us%20er:pa%3Ass@${host}` }, insecureHosts: ['registry.example'] });
    for (let i = 0; i < 2; i += 1) {
      const { body } = await one.request({ method: 'GET', url: 'https://registry.example/v2/' });
      expect(await text(body)).toBe('registry.example');
    }
    expect(seen).toEqual(['CONNECT registry.example:443']);
  });

  test('the certificate at the end of a tunnel is looked at', async () => {
    const base = await serve((_, response) => response.end(), true);
    const { host } = await startProxy(base);
    const one = client({ env: { HTTPS_PROXY: `http://us%20er:pa%3Ass@${host}` } });
    await expect(one.request({ method: 'GET', url: 'https://registry.example/' })).rejects.toMatchObject({
      code: 'HTTP_TLS',
    });
  });

  test('a proxy that wants another user is HTTP_PROXY_REFUSED, and the password stays out of the message', async () => {
    const { host } = await startProxy();
    const one = client({ env: { HTTPS_PROXY: `http://me:hunter22@${host}` } });
    const asked = one.request({ method: 'GET', url: 'https://registry.example/' });
    await expect(asked).rejects.toMatchObject({
      code: 'HTTP_PROXY_REFUSED',
      message: expect.stringContaining('407'),
      hint: expect.stringContaining('HTTPS_PROXY'),
    });
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining('hunter22') });
  });

  test('loopback needs no NO_PROXY', async () => {
    const base = await serve((_, response) => response.end('direct'));
    const one = client({ env: { HTTP_PROXY: 'http://127.0.0.1:1' } });
    expect(await text((await one.request({ method: 'GET', url: base })).body)).toBe('direct');
  });
});
