import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHttp, type Http, readAll } from '@waybill/core/http';
import { type FaultProxy, type OtherHosts, type ProxyFault, startFaultProxy, startOtherHosts } from './index.ts';

let target: http.Server;
/** What reached the target. */
let reached: string[];
let proxy: FaultProxy;
let others: OtherHosts;
let client: Http;

beforeEach(async () => {
  reached = [];
  target = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.once('end', () => {
      reached.push(`${request.method} ${request.url} ${body} ${request.headers.authorization ?? ''}`.trimEnd());
      response.writeHead(200, {
        'content-length': '10',
        'docker-content-digest': 'sha256:right',
        'set-cookie': ['a=1', 'b=2'],
      });
      response.end('0123456789');
    });
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = target.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  proxy = await startFaultProxy({ target: () => `127.0.0.1:${address.port}` });
  others = await startOtherHosts({ answer: proxy.answerElsewhere });
  const insecureHosts = ['blobs.example'];
  client = createHttp({ env: { HTTPS_PROXY: others.proxy }, insecureHosts, idleTimeoutMs: 100, answerTimeoutMs: 100 });
});
afterEach(async () => {
  client.close();
  await others.stop();
  await proxy.stop();
  await new Promise((resolve) => target.close(resolve));
});

async function ask(path = '/x', of: { readonly method?: string; readonly body?: Buffer } = {}) {
  // A kept connection that ends is replaced by the client at once.
  client.close();
  const { method = 'GET', ...rest } = of;
  const headers = { authorization: 'Bearer secret' };
  const url = `http://${proxy.host}${path}`;
  const response = await client.request({ ...rest, method, url, headers, follow: () => true });
  const body = (await readAll(response.body, 1000)).toString('utf8');
  return { status: response.status, headers: response.headers, body };
}

test('without a fault, all goes through as it is and is remembered', async () => {
  const { status, headers, body } = await ask('/a?b=c', { method: 'PUT', body: Buffer.from('sent') });
  expect([status, headers['docker-content-digest'], headers['set-cookie'], body]).toEqual([
    200,
    'sha256:right',
    'a=1, b=2',
    '0123456789',
  ]);
  expect((await ask('/a', { method: 'HEAD' })).headers['content-length']).toBe('10');
  expect(reached).toEqual(['PUT /a?b=c sent Bearer secret', 'HEAD /a  Bearer secret']);
  expect(proxy.requests).toEqual([
    { method: 'PUT', path: '/a?b=c', status: 200 },
    { method: 'HEAD', path: '/a', status: 200 },
  ]);
});

describe('only the request that was named meets the fault:', () => {
  async function third(fault: ProxyFault) {
    proxy.arm({ at: 2, fault });
    const results = [];
    for (let n = 0; n < 4; n += 1) {
      results.push(
        await ask().then(
          ({ status, body, headers }) => `${status} ${body} ${headers['docker-content-digest'] ?? ''}`.trimEnd(),
          (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
        ),
      );
    }
    const [first, second, met, last] = results;
    expect([first, second, last]).toEqual(Array.from({ length: 3 }, () => '200 0123456789 sha256:right'));
    return met;
  }

  test.each<[ProxyFault, string, number]>([
    [{ kind: 'answer', status: 503, body: 'busy' }, '503 busy', 3],
    [{ kind: 'reset' }, 'HTTP_BROKEN', 3],
    [{ kind: 'lost' }, 'HTTP_BROKEN', 4],
    [{ kind: 'silence' }, 'HTTP_TIMEOUT_ANSWER', 4],
    [{ kind: 'cut' }, 'HTTP_BROKEN', 4],
    [{ kind: 'stall' }, 'HTTP_TIMEOUT_IDLE', 4],
    [{ kind: 'flip', at: 0.5 }, '200 0123446789 sha256:right', 4],
    [{ kind: 'shorten' }, '200 012345678 sha256:right', 4],
    [{ kind: 'shorten', to: 0.3 }, '200 012 sha256:right', 4],
    [{ kind: 'cut', at: 0.9 }, 'HTTP_BROKEN', 4],
    [{ kind: 'header', name: 'docker-content-digest', value: 'sha256:wrong' }, '200 0123456789 sha256:wrong', 4],
    [{ kind: 'elsewhere', host: 'blobs.example' }, '200 0123456789 sha256:right', 4],
  ])('%j', async (fault, met, arrived) => {
    expect(await third(fault)).toBe(met);
    expect(reached).toHaveLength(arrived);
  });
});

test('what is sent elsewhere is answered there as it would have been here, and never without its signature', async () => {
  proxy.arm({ at: 0, fault: { kind: 'elsewhere', host: 'blobs.example' } });
  expect((await ask('/a?b=c')).body).toBe('0123456789');
  expect(reached).toEqual(['GET /a?b=c  Bearer secret']);
  expect(others.requests.map(({ host, path, headers }) => [host, path, headers.authorization])).toEqual([
    ['blobs.example', '/a?b=c&sig=s0', undefined],
  ]);
  const unsigned = await client.request({ method: 'GET', url: 'https://blobs.example/a' });
  await unsigned.discard();
  expect(unsigned.status).toBe(403);
});
