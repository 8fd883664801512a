import https from 'node:https';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FakeRegistry, type FakeRegistryOptions, startFakeRegistry } from '@waybill/testing/registry';
import { blob, collect, fakeClock, name, target } from '@waybill/testing/store-suite';
import { TEST_CERTIFICATE, TEST_KEY } from '@waybill/testing/tls';
import { nameRef } from '../content/index.ts';
import { createHttp, type Http } from '../http/index.ts';
import { digestOf, EMPTY_DESCRIPTOR, EMPTY_JSON } from '../oci/index.ts';
import { createRegistry, openOciStore, type RegistryOptions } from './index.ts';
import { listedTag } from './names/name-tags.ts';

const REPOSITORY = 'octo-org/app';
const USERS = {
  writer: { password: 'w-secret', grants: { '*': ['pull', 'push', 'delete'] } },
  reader: { password: 'r-secret', grants: { [REPOSITORY]: ['pull'] } },
} as const;
const AS_WRITER = async () => ({ kind: 'basic', username: 'writer', password: 'w-secret' }) as const;
const AS_READER = async () => ({ kind: 'basic', username: 'reader', password: 'r-secret' }) as const;

let fake: FakeRegistry;
let http: Http;
const waits: number[] = [];
const clock = fakeClock();

beforeEach(() => {
  http = createHttp({ idleTimeoutMs: 150, answerTimeoutMs: 150 });
  waits.length = 0;
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

async function open(options: FakeRegistryOptions = {}, of: Partial<RegistryOptions> = {}) {
  fake = await startFakeRegistry({ clock: clock.now, ...options });
  return again(of);
}

function again(of: Partial<RegistryOptions> = {}) {
  return createRegistry({
    host: fake.host,
    repository: REPOSITORY,
    http,
    clock: {
      now: clock.now,
      random: () => 0,
      sleep: async (ms) => {
        waits.push(ms);
        clock.advance(ms);
      },
    },
    ...of,
  });
}

function requests(): string[] {
  return fake.log.map(({ at, method, path, status, authorization }) => {
    const short = path.replace(/[0-9a-f]{64}/g, 'HEX').replace(/uploads\/[^?]+/, 'uploads/ID');
    return `${at === 'other' ? 'other ' : ''}${method} ${short.replace(`/v2/${REPOSITORY}/`, '')} ${status} ${authorization}`;
  });
}

const { bytes, descriptor } = blob('some content');

describe('authorization', () => {
  const TOKEN = { auth: { kind: 'token', users: USERS } } as const;

  test('one token exchange serves reads and pushes where pushes are announced', async () => {
    const registry = await open(TOKEN, { credentials: AS_WRITER, access: 'push' });
    expect(await registry.blobs.head(descriptor.digest)).toBeUndefined();
    await registry.blobs.push(descriptor, bytes);
    expect(requests()).toEqual([
      'HEAD blobs/sha256:HEX 401 none',
      expect.stringMatching(
        /^GET \/token\?service=fake\+registry&scope=repository%3Aocto-org%2Fapp%3Apull%2Cpush 200 basic$/,
      ),
      'HEAD blobs/sha256:HEX 404 bearer',
      'POST blobs/uploads/ 202 bearer',
      expect.stringMatching(/^PUT blobs\/uploads\/ID\?_state=a%2Fb%3D&digest=sha256%3AHEX 201 bearer$/),
    ]);
  });

  test('a token is asked for again when it has expired, and not before', async () => {
    const registry = await open({ auth: { ...TOKEN.auth, tokenSeconds: 60 } }, { credentials: AS_READER });
    const exchanges = () => fake.log.filter(({ path }) => path.startsWith('/token')).length;
    await registry.blobs.head(descriptor.digest);
    clock.advance(53_000);
    await registry.blobs.head(descriptor.digest);
    expect(exchanges()).toBe(1);
    clock.advance(2_000);
    await registry.blobs.head(descriptor.digest);
    expect(exchanges()).toBe(2);
    expect(fake.log.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  test('eight requests at once share one exchange', async () => {
    const registry = await open(TOKEN, { credentials: AS_READER });
    await Promise.all(Array.from({ length: 8 }, () => registry.blobs.head(descriptor.digest)));
    await Promise.all(Array.from({ length: 8 }, () => registry.blobs.head(descriptor.digest)));
    expect(fake.log.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1);
  });

  test('a token that is refused early is exchanged once and the upload goes through', async () => {
    const registry = await open(TOKEN, { credentials: AS_WRITER });
    await registry.blobs.push(EMPTY_DESCRIPTOR, EMPTY_JSON);
    fake.fail({ kind: 'unauthorized', on: ({ method }) => method === 'PUT' });
    await registry.blobs.push(descriptor, bytes);
    fake.revokeTokens();
    expect(await registry.blobs.head(descriptor.digest)).toBe(bytes.byteLength);
  });

  test('an endless 401 is STORE_DENIED after one new token', async () => {
    const registry = await open(TOKEN, { credentials: AS_READER });
    fake.fail({ kind: 'unauthorized', on: ({ path }) => path.includes('/blobs/'), times: Infinity });
    await expect(registry.blobs.head(descriptor.digest)).rejects.toMatchObject({ code: 'STORE_DENIED' });
    expect(fake.log).toHaveLength(3);
  });

  test('a reader reads, and its push is STORE_DENIED with what to grant', async () => {
    const registry = await open(TOKEN, { credentials: AS_READER, access: 'push' });
    expect(await registry.blobs.head(descriptor.digest)).toBeUndefined();
    await expect(registry.blobs.push(descriptor, bytes)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      hint: expect.stringContaining('packages: write'),
    });
  });

  test('a writer tries an upload and leaves nothing, also where uploads are elsewhere', async () => {
    const registry = await open(TOKEN, { credentials: AS_WRITER, access: 'push' });
    await registry.blobs.tryUpload();
    expect(requests().filter((line) => line.includes('uploads'))).toEqual([
      'POST blobs/uploads/ 401 none',
      'POST blobs/uploads/ 202 bearer',
      'DELETE blobs/uploads/ID?_state=a%2Fb%3D 204 bearer',
    ]);
    fake.setQuirks({ uploads: 'other-host' });
    await registry.blobs.tryUpload();
    expect(requests().at(-1)).toMatch(/^other DELETE .* none$/);
  });

  test('whoever may push and not delete tries it too: the registry forgets the upload by itself', async () => {
    const users = { pusher: { password: 'p', grants: { '*': ['pull', 'push'] } } } as const;
    const credentials = async () => ({ kind: 'basic', username: 'pusher', password: 'p' }) as const;
    const registry = await open({ auth: { kind: 'token', users } }, { credentials, access: 'push' });
    fake.fail({ kind: 'answer', status: 403, on: ({ method }) => method === 'DELETE', times: Infinity });
    await registry.blobs.tryUpload();
    expect(requests().at(-1)).toMatch(/^DELETE .* 403 bearer$/);
  });

  test('a reader that tries an upload is STORE_DENIED, and nothing was made', async () => {
    const registry = await open(TOKEN, { credentials: AS_READER, access: 'push' });
    await expect(registry.blobs.tryUpload()).rejects.toMatchObject({ code: 'STORE_DENIED' });
    expect(fake.log.filter(({ status }) => status === 202)).toEqual([]);
  });

  test('where no token is given for pushing, reads ask for one to read', async () => {
    const registry = await open(TOKEN, { credentials: AS_READER, access: 'push' });
    const forPush = ({ path }: { path: string }) => path.includes('push');
    fake.fail({ kind: 'answer', status: 403, body: 'denied', on: forPush, times: Infinity });
    expect(await registry.blobs.head(descriptor.digest)).toBeUndefined();
    await expect(registry.blobs.push(descriptor, bytes)).rejects.toMatchObject({ code: 'STORE_DENIED' });
  });

  test('wrong credentials are STORE_DENIED and stand in no message', async () => {
    const credentials = async () => ({ kind: 'basic', username: 'writer', password: 'wrong-secret' }) as const;
    const registry = await open(TOKEN, { credentials });
    const asked = registry.blobs.head(descriptor.digest);
    await expect(asked).rejects.toMatchObject({ code: 'STORE_DENIED' });
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining('wrong-secret') });
  });

  test('anonymous works where the registry allows it', async () => {
    const registry = await open({ auth: { ...TOKEN.auth, anonymous: { '*': ['pull'] } } });
    expect(await registry.blobs.head(descriptor.digest)).toBeUndefined();
    expect(fake.log.find(({ path }) => path.startsWith('/token'))?.authorization).toBe('none');
  });

  test('a refresh token is exchanged by POST', async () => {
    const auth = { ...TOKEN.auth, identityTokens: { writer: 'refresh-me' } };
    const registry = await open(
      { auth },
      { credentials: async () => ({ kind: 'identity-token', token: 'refresh-me' }) },
    );
    await registry.blobs.push(descriptor, bytes);
    expect(requests()).toContain('POST /token 200 none');
  });

  test('Basic is sent after its challenge, and once only', async () => {
    const registry = await open({ auth: { kind: 'basic', users: USERS } }, { credentials: AS_WRITER });
    await registry.blobs.push(descriptor, bytes);
    expect(fake.log.map(({ status, authorization }) => [status, authorization])).toEqual([
      [401, 'none'],
      [202, 'basic'],
      [201, 'basic'],
    ]);
  });

  test.each([
    'http://registry.example/token',
    'https://evil.example/token',
    'https://user:x@127.0.0.1/token',
    'nonsense',
  ])('the realm %s is refused before anything is sent there', async (realm) => {
    const registry = await open({ auth: { ...TOKEN.auth, realm } }, { credentials: AS_WRITER });
    await expect(registry.blobs.head(descriptor.digest)).rejects.toMatchObject({ code: 'REGISTRY_REALM_REFUSED' });
    expect(fake.log).toHaveLength(1);
  });

  test('neither a redirect nor an upload takes the token to another host', async () => {
    const registry = await open(
      { ...TOKEN, quirks: { blobs: 'other-host', uploads: 'other-host' } },
      { credentials: AS_WRITER },
    );
    await registry.blobs.push(descriptor, bytes);
    expect((await collect(await registry.blobs.fetch(descriptor))).equals(bytes)).toBe(true);
    const other = fake.log.filter(({ at }) => at === 'other');
    expect(other.map(({ method }) => method)).toEqual(['PUT', 'GET']);
    for (const { headers } of other) expect(headers['authorization']).toBeUndefined();
  });
});

describe('an insecure registry', () => {
  test('is spoken to by http where it does not speak https', async () => {
    const registry = await open({}, { insecure: true });
    expect(await registry.blobs.head(descriptor.digest)).toBeUndefined();
    expect(requests()).toEqual(['HEAD blobs/sha256:HEX 404 none']);
  });

  test('is spoken to by https where it does, whatever its certificate', async () => {
    await open();
    const paths: string[] = [];
    const server = https.createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(404).end();
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
      });
    });
    const host = `127.0.0.1:${port}`;
    const careless = createHttp({ insecureHosts: [host] });
    try {
      const registry = again({ host, http: careless, insecure: true });
      expect(await registry.blobs.head(descriptor.digest)).toBeUndefined();
      expect(paths).toEqual(['/v2/', `/v2/${REPOSITORY}/blobs/${descriptor.digest}`]);
    } finally {
      careless.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('trouble', () => {
  const ask = (registry: ReturnType<typeof again>) => registry.manifests.get({ tag: 'x' });

  test.each([
    ['seconds in Retry-After', { headers: { 'retry-after': '7' } }, 7000],
    [
      'a Go duration in the body, as GHCR gives',
      { body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 1m2.5s, allowed: 2000/minute"}]}' },
      62_500,
    ],
    ['nothing', {}, 0],
  ])('429 with %s is waited for', async (_, answer, ms) => {
    const registry = await open();
    fake.fail({ kind: 'answer', status: 429, ...answer });
    expect(await ask(registry)).toBeUndefined();
    expect(waits).toEqual([ms]);
  });

  test('429 past the budget is RATE_LIMITED, without the wait', async () => {
    const registry = await open();
    fake.fail({ kind: 'answer', status: 429, headers: { 'retry-after': '3600' } });
    await expect(ask(registry)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(waits).toEqual([]);
  });

  test.each([500, 502, 503, 504, 408])('%d is tried again, and in the end is SERVER_ERROR', async (status) => {
    const registry = await open();
    fake.fail({ kind: 'answer', status, times: 2 });
    expect(await ask(registry)).toBeUndefined();
    fake.fail({ kind: 'answer', status, times: Infinity });
    await expect(ask(registry)).rejects.toMatchObject({ code: 'SERVER_ERROR', status });
  });

  test.each(['reset', 'silence'] as const)('%s is tried again, at every request of a push in turn', async (kind) => {
    const registry = await open();
    for (const method of ['POST', 'PUT']) {
      const each = blob(`${kind} ${method}`);
      fake.fail({ kind, on: (request) => request.method === method });
      await registry.blobs.push(each.descriptor, each.bytes);
      expect(await registry.blobs.head(each.descriptor.digest)).toBe(each.bytes.byteLength);
    }
  });

  test.each(['cut', 'stall'] as const)('a body with a %s goes on where it stopped', async (kind) => {
    const registry = await open();
    const big = blob(Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 253)));
    await registry.blobs.push(big.descriptor, big.bytes);
    fake.clearLog();
    fake.fail({ kind, on: ({ method }) => method === 'GET' });
    expect((await collect(await registry.blobs.fetch(big.descriptor))).equals(big.bytes)).toBe(true);
    expect(fake.log.map(({ headers }) => headers['range'])).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d+-299999$/),
    ]);
  });

  test('another range than was asked for is refused', async () => {
    const registry = await open({ quirks: { ranges: 'shifted' } });
    await registry.blobs.push(descriptor, bytes);
    await expect(registry.blobs.fetch(descriptor, { range: { start: 2, length: 3 } })).rejects.toMatchObject({
      code: 'REGISTRY_RANGE_WRONG',
      kind: 'integrity',
    });
  });

  test('a manifest of other bytes than its digest is DIGEST_MISMATCH, whatever the header says', async () => {
    const registry = await open();
    const digest = digestOf(Buffer.from('{"schemaVersion":2,"manifests":[]}'));
    await registry.blobs.push(EMPTY_DESCRIPTOR, EMPTY_JSON);
    const raw = Buffer.from('{"schemaVersion":2,"manifests":[] }');
    await registry.manifests.put(
      { mediaType: 'application/vnd.oci.image.index.v1+json', digest: digestOf(raw), size: raw.length },
      raw,
    );
    fake.fail({ kind: 'answer', status: 200, headers: { 'docker-content-digest': digest }, body: String(raw) });
    await expect(registry.manifests.get({ digest })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  test('a manifest of more than 4 MiB is not read', async () => {
    const registry = await open();
    fake.fail({ kind: 'answer', status: 200, body: 'x'.repeat(4 * 1024 * 1024 + 1) });
    await expect(registry.manifests.get({ tag: 'x' })).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
  });

  test('pages of tags that come round again are REGISTRY_PAGING, and a Link to another host stays here', async () => {
    const registry = await open();
    const link = { link: '<https://evil.example/v2/octo-org/app/tags/list?n=1&last=a>; rel="next"' };
    fake.fail({ kind: 'answer', status: 200, headers: link, body: '{"tags":["a"]}', times: Infinity });
    const all = async () => {
      for await (const page of registry.tags()) expect(page).toEqual(['a']);
    };
    await expect(all()).rejects.toMatchObject({ code: 'REGISTRY_PAGING' });
    expect(requests()).toEqual([
      'GET tags/list?n=1000 200 none',
      ...Array.from({ length: 1 }, () => 'GET tags/list?n=1&last=a 200 none'),
    ]);
  });

  test('a deletion that fails with 500 is false where nothing is there, and is tried again where something is', async () => {
    const { blobs } = await open();
    const { bytes, descriptor } = blob('still there');
    const break500 = (times: number) =>
      fake.fail({ kind: 'answer', status: 500, times, on: ({ method }) => method === 'DELETE' });
    break500(1);
    expect(await blobs.delete(descriptor.digest)).toBe(false);
    expect(waits).toEqual([]);
    await blobs.push(descriptor, bytes);
    break500(2);
    expect(await blobs.delete(descriptor.digest)).toBe(true);
    expect(waits).toHaveLength(2);
  });

  test('what cannot be deleted is false, not an error', async () => {
    const registry = await open({ quirks: { deletes: 'refused' } });
    await registry.blobs.push(descriptor, bytes);
    expect(await registry.blobs.delete(descriptor.digest)).toBe(false);
  });
});

describe('names in tags', () => {
  const find = (key: string, prefixes: readonly string[] = [], scopes = [name('').scope]) =>
    openOciStore(again()).find({ kind: 'cache', scopes, version: name('').version, key, prefixes });

  test('exactly is one request, by prefix the pages of the listing and one', async () => {
    const registry = await open({ quirks: { pageSize: 10 } });
    const store = openOciStore(registry);
    for (let i = 0; i < 12; i += 1) {
      await store.put(name(`deps-${i}`), target(`deps-${i}`));
      clock.advance(1000);
    }
    fake.clearLog();
    expect((await find('deps-3'))?.record.target).toEqual(target('deps-3'));
    expect(fake.log).toHaveLength(1);
    fake.clearLog();
    expect((await find('none', ['also-none', 'deps-']))?.record.name.key).toBe('deps-11');
    // One for the key itself, three pages for 24 tags, one for the newest.
    expect(fake.log.map(({ path }) => path.replace(/.*\/(manifests|tags).*/, '$1'))).toEqual([
      'manifests',
      'tags',
      'tags',
      'tags',
      'manifests',
    ]);
  });

  test('among 10,000 names exactly is one request, by prefix the pages and one', async () => {
    const registry = await open({ quirks: { pageSize: 1000 } });
    const store = openOciStore(registry);
    const put = await store.put(name('deps-0'), target('deps-0'));
    if (!put.written) throw new Error('expected the name to be written');
    const manifest = await registry.manifests.get({ tag: listedTag(put.record) });
    for (let i = 1; i < 10_000; i += 1) {
      const older = { ...put.record, name: name(`deps-${i}`), createdAt: put.record.createdAt - i };
      for (const tag of [listedTag(older), nameRef(older.name)]) {
        fake.contents.tag(REPOSITORY, tag, manifest?.descriptor.digest ?? '');
      }
    }
    fake.clearLog();
    expect((await find('deps-0'))?.how).toBe('exact');
    expect(fake.log).toHaveLength(1);
    fake.clearLog();
    expect((await find('none', ['deps-']))?.record.target).toEqual(target('deps-0'));
    expect(fake.log).toHaveLength(1 + 20_000 / 1000 + 1);
  });

  test("time is the registry's where this machine's clock is wrong", async () => {
    await open();
    const wrong = { now: () => clock.now() - 3_600_000, sleep: async () => undefined, random: () => 0 };
    const put = await openOciStore(again({ clock: wrong })).put(name('k'), target('k'));
    expect(put.written && put.record.createdAt).toBe(Math.floor(clock.now() / 1000) * 1000);
  });

  test("a name whose tag holds another name's manifest is not found", async () => {
    const registry = await open();
    const store = openOciStore(registry);
    await store.put(name('victim'), target('victim'));
    const evil = await store.put(name('evil'), target('evil'));
    expect(evil.written).toBe(true);
    const [victimTag, evilTag] = await Promise.all(
      ['victim', 'evil'].map(async (key) => {
        const [tag] = fake.contents
          .tags(REPOSITORY)
          .filter((each) => each.startsWith(`l.`) && each.includes(`.${key}.`));
        return tag ?? '';
      }),
    );
    const manifest = await registry.manifests.get({ tag: evilTag ?? '' });
    if (manifest === undefined) throw new Error('no manifest');
    const exact = fake.contents.tags(REPOSITORY).filter((tag) => tag.startsWith('x.'));
    for (const tag of [...exact, victimTag ?? ''])
      await registry.manifests.put(manifest.descriptor, manifest.raw, { tag });
    expect(await find('victim')).toBeUndefined();
    expect((await find('evil'))?.record.target).toEqual(target('evil'));
  });

  test('removing leaves tombstones where nothing can be deleted, and the name is gone all the same', async () => {
    const registry = await open({ quirks: { deletes: 'refused' } });
    const store = openOciStore(registry);
    await store.put(name('k'), target('one'));
    await store.put(name('k'), target('two'));
    expect(await store.remove(name('k'))).toBe(true);
    expect(fake.contents.tags(REPOSITORY)).toHaveLength(3);
    expect(await find('k', [''])).toBeUndefined();
    expect((await store.put(name('k'), target('three'), { ifAbsent: true })).written).toBe(true);
    expect((await find('k'))?.record.target).toEqual(target('three'));
  });
});
