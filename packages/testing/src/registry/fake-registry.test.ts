import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FakeRegistry, type FakeRegistryOptions, startFakeRegistry } from './index.ts';
import { sha256 } from './repositories.ts';

// Status codes and headers as distribution-spec 1.1 has them, asked by plain requests.

const REPO = 'octo-org/app';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = Buffer.from('{}');
const EMPTY_DESCRIPTOR = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(EMPTY), size: 2 };

let fake: FakeRegistry;
const start = async (options: FakeRegistryOptions = {}) => {
  await fake.stop();
  fake = await startFakeRegistry(options);
};
beforeEach(async () => {
  fake = await startFakeRegistry();
});
afterEach(() => fake.stop());

interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

async function ask(method: string, path: string, { headers = {}, body }: Asked = {}) {
  const url = path.startsWith('http') ? path : `http://${fake.host}${path}`;
  const response = await fetch(url, { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  const { status, headers: answered } = response;
  const code = /"code":"([A-Z_]+)"/.exec(text)?.[1];
  return { status, text, code, header: (name: string) => answered.get(name) };
}

const at = (rest: string) => `/v2/${REPO}/${rest}`;

async function upload(content: string): Promise<string> {
  const digest = sha256(Buffer.from(content));
  const { status } = await ask('POST', at(`blobs/uploads/?digest=${digest}`), { body: content });
  expect(status).toBe(201);
  return digest;
}

async function putManifest(reference: string, more: object = {}) {
  await upload('{}');
  const body = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: EMPTY_DESCRIPTOR, layers: [], ...more });
  const digest = sha256(Buffer.from(body));
  const answer = await ask('PUT', at(`manifests/${reference === '' ? digest : reference}`), {
    headers: { 'content-type': MANIFEST },
    body,
  });
  return { body, digest, answer };
}

test('GET /v2/ is 200', async () => {
  expect((await ask('GET', '/v2/')).status).toBe(200);
});

describe('blobs', () => {
  test('are there after POST and PUT, with length, type and digest', async () => {
    const digest = sha256(Buffer.from('hello'));
    const opened = await ask('POST', at('blobs/uploads/'));
    expect([opened.status, opened.header('range'), opened.header('docker-upload-uuid')]).toEqual([
      202,
      '0-0',
      expect.any(String),
    ]);
    const done = await ask('PUT', `${opened.header('location')}&digest=${digest}`, { body: 'hello' });
    expect([done.status, done.header('location')]).toEqual([201, at(`blobs/${digest}`)]);
    const [got, head] = [await ask('GET', at(`blobs/${digest}`)), await ask('HEAD', at(`blobs/${digest}`))];
    expect([got.status, got.text, got.header('docker-content-digest')]).toEqual([200, 'hello', digest]);
    expect([head.status, head.text, head.header('content-length')]).toEqual([200, '', '5']);
  });

  test('are there after chunks in their order; out of it is 416, and the session tells where it stands', async () => {
    const digest = sha256(Buffer.from('hello world'));
    let location = (await ask('POST', at('blobs/uploads/'))).header('location') ?? '';
    const first = await ask('PATCH', location, { body: 'hello ', headers: { 'content-range': '0-5' } });
    expect([first.status, first.header('range')]).toEqual([202, '0-5']);
    location = first.header('location') ?? '';
    expect((await ask('PATCH', location, { body: 'x', headers: { 'content-range': '9-9' } })).status).toBe(416);
    const standing = await ask('GET', location);
    expect([standing.status, standing.header('range')]).toEqual([204, '0-5']);
    expect(
      (await ask('PUT', `${location}&digest=${digest}`, { body: 'world', headers: { 'content-range': '6-10' } }))
        .status,
    ).toBe(201);
    expect((await ask('GET', at(`blobs/${digest}`))).text).toBe('hello world');
    expect((await ask('GET', location)).code).toBe('BLOB_UPLOAD_UNKNOWN');
  });

  test('of another digest are refused, and a session that is given up is gone', async () => {
    const location = (await ask('POST', at('blobs/uploads/'))).header('location');
    const wrong = await ask('PUT', `${location}&digest=${sha256(Buffer.from('right'))}`, { body: 'wrong' });
    expect([wrong.status, wrong.code]).toEqual([400, 'DIGEST_INVALID']);
    const other = (await ask('POST', at('blobs/uploads/'))).header('location') ?? '';
    expect((await ask('DELETE', other)).status).toBe(204);
    expect((await ask('PATCH', other, { body: 'x' })).status).toBe(404);
  });

  test('are gone after all was forgotten', async () => {
    const digest = await upload('hello');
    fake.contents.clear();
    expect((await ask('HEAD', at(`blobs/${digest}`))).status).toBe(404);
  });

  test('come in ranges', async () => {
    const digest = await upload('0123456789');
    const part = await ask('GET', at(`blobs/${digest}`), { headers: { range: 'bytes=2-4' } });
    expect([part.status, part.text, part.header('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    expect((await ask('GET', at(`blobs/${digest}`), { headers: { range: 'bytes=8-' } })).text).toBe('89');
    expect((await ask('GET', at(`blobs/${digest}`), { headers: { range: 'bytes=10-' } })).status).toBe(416);
  });

  test('are mounted from where they are; where they are not, a session opens', async () => {
    const digest = await upload('mounted');
    const mount = (of: string) =>
      ask('POST', `/v2/other/repo/blobs/uploads/?mount=${of}&from=${encodeURIComponent(REPO)}`);
    const mounted = await mount(digest);
    expect([mounted.status, mounted.header('location')]).toEqual([201, `/v2/other/repo/blobs/${digest}`]);
    expect((await ask('GET', `/v2/other/repo/blobs/${digest}`)).text).toBe('mounted');
    expect((await mount(sha256(Buffer.from('absent')))).status).toBe(202);
  });

  test('are deleted, and unknown ones are 404', async () => {
    const digest = await upload('gone');
    expect((await ask('DELETE', at(`blobs/${digest}`))).status).toBe(202);
    for (const method of ['GET', 'HEAD', 'DELETE']) expect((await ask(method, at(`blobs/${digest}`))).status).toBe(404);
    expect((await ask('GET', at(`blobs/${digest}`))).code).toBe('BLOB_UNKNOWN');
    expect((await ask('GET', at('blobs/sha256:short'))).code).toBe('DIGEST_INVALID');
  });
});

describe('manifests', () => {
  test('are put under tag and digest and come back as they are', async () => {
    const { body, digest, answer } = await putManifest('v1');
    expect([answer.status, answer.header('docker-content-digest')]).toEqual([201, digest]);
    for (const reference of ['v1', digest]) {
      const got = await ask('GET', at(`manifests/${reference}`));
      expect([got.text, got.header('content-type'), got.header('docker-content-digest')]).toEqual([
        body,
        MANIFEST,
        digest,
      ]);
      expect((await ask('HEAD', at(`manifests/${reference}`))).header('content-length')).toBe(String(body.length));
    }
  });

  test.each([
    ['another digest than their own', sha256(Buffer.from('x')), {}, 400, 'DIGEST_INVALID'],
    ['another type than their header', 'v1', { mediaType: INDEX }, 400, 'MANIFEST_INVALID'],
    [
      'a layer that is not there',
      'v1',
      { layers: [{ ...EMPTY_DESCRIPTOR, digest: sha256(Buffer.from('x')) }] },
      400,
      'MANIFEST_BLOB_UNKNOWN',
    ],
    ['no schema', 'v1', { schemaVersion: 1 }, 400, 'MANIFEST_INVALID'],
    ['a reference that is none', '.v1', {}, 400, 'MANIFEST_INVALID'],
    ['more than 4 MiB', 'v1', { annotations: { big: 'x'.repeat(4 * 1024 * 1024) } }, 413, 'MANIFEST_INVALID'],
  ])('of %s are refused', async (_, reference, more, status, code) => {
    const { answer } = await putManifest(reference, more);
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('are deleted by tag alone, or by digest with all their tags', async () => {
    const { digest } = await putManifest('v1');
    await putManifest('v2');
    expect((await ask('DELETE', at('manifests/v1'))).status).toBe(202);
    expect((await ask('GET', at('manifests/v1'))).code).toBe('MANIFEST_UNKNOWN');
    expect((await ask('GET', at('manifests/v2'))).status).toBe(200);
    expect((await ask('DELETE', at(`manifests/${digest}`))).status).toBe(202);
    expect((await ask('GET', at('manifests/v2'))).status).toBe(404);
  });
});

describe('tags', () => {
  test('are listed in their order, in pages that link to the next', async () => {
    expect((await ask('GET', at('tags/list'))).code).toBe('NAME_UNKNOWN');
    for (const tag of ['c', 'a', 'B', 'd']) await putManifest(tag);
    expect(JSON.parse((await ask('GET', at('tags/list'))).text)).toEqual({ name: REPO, tags: ['B', 'a', 'c', 'd'] });
    const first = await ask('GET', at('tags/list?n=3'));
    expect(JSON.parse(first.text)).toEqual({ name: REPO, tags: ['B', 'a', 'c'] });
    const [, next = ''] = /<([^>]+)>; rel="next"/.exec(first.header('link') ?? '') ?? [];
    const second = await ask('GET', next);
    expect(JSON.parse(second.text)).toEqual({ name: REPO, tags: ['d'] });
    expect(second.header('link')).toBeNull();
    expect(JSON.parse((await ask('GET', at('tags/list?n=0'))).text)).toEqual({ name: REPO, tags: [] });
    expect(JSON.parse((await ask('GET', at('tags/list?last=bb'))).text)).toEqual({ name: REPO, tags: ['c', 'd'] });
  });
});

describe('referrers', () => {
  const subjectOf = async () => {
    const { digest, body } = await putManifest('image');
    return { mediaType: MANIFEST, digest, size: body.length };
  };

  test('are what has the subject, with type and annotations; the push is told so', async () => {
    const subject = await subjectOf();
    const { digest, body, answer } = await putManifest('', {
      subject,
      artifactType: 'application/x',
      annotations: { a: 'b' },
    });
    expect(answer.header('oci-subject')).toBe(subject.digest);
    const listed = await ask('GET', at(`referrers/${subject.digest}`));
    expect([listed.status, listed.header('content-type')]).toEqual([200, INDEX]);
    expect(JSON.parse(listed.text)).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        { mediaType: MANIFEST, digest, size: body.length, artifactType: 'application/x', annotations: { a: 'b' } },
      ],
    });
    const none = await ask('GET', at(`referrers/${sha256(Buffer.from('x'))}`));
    expect([none.status, JSON.parse(none.text)]).toEqual([200, expect.objectContaining({ manifests: [] })]);
    expect((await ask('GET', at('referrers/sha256:x'))).status).toBe(400);
  });

  test('are filtered by type, which of an image is that of its config, and paged', async () => {
    await start({ quirks: { pageSize: 1 } });
    const subject = await subjectOf();
    for (const note of ['1', '2']) await putManifest('', { subject, annotations: { note } });
    await putManifest('', { subject, artifactType: 'application/x' });
    const wanted = encodeURIComponent(EMPTY_DESCRIPTOR.mediaType);
    const first = await ask('GET', at(`referrers/${subject.digest}?artifactType=${wanted}`));
    expect(first.header('oci-filters-applied')).toBe('artifactType');
    const [, next = ''] = /<([^>]+)>/.exec(first.header('link') ?? '') ?? [];
    const second = await ask('GET', next);
    expect(second.header('link')).toBeNull();
    expect([first.text, second.text].map((text) => /"note":"(\d)"/.exec(text)?.[1])).toEqual(['1', '2']);
  });

  test.each([
    ['none', 404],
    ['empty', 200],
  ] as const)('are %s where a test says so', async (referrers, status) => {
    await start({ quirks: { referrers } });
    const subject = await subjectOf();
    const { answer } = await putManifest('', { subject });
    expect(answer.header('oci-subject')).toBeNull();
    const listed = await ask('GET', at(`referrers/${subject.digest}`));
    expect([listed.status, listed.text.includes('"digest"')]).toEqual([status, false]);
  });
});

describe('tokens', () => {
  const users = { reader: { password: 'pw', grants: { [REPO]: ['pull'] } } } as const;
  const basic = { authorization: `Basic ${Buffer.from('reader:pw').toString('base64')}` };

  test('are asked for by a challenge, given for what one may, and run out', async () => {
    let now = Date.UTC(2026, 0, 1);
    await start({ auth: { kind: 'token', users, tokenSeconds: 60 }, clock: () => now });
    const challenged = await ask('GET', at('tags/list'));
    expect([challenged.status, challenged.code]).toEqual([401, 'UNAUTHORIZED']);
    expect(challenged.header('www-authenticate')).toBe(
      `Bearer realm="http://${fake.host}/token",service="fake registry",scope="repository:${REPO}:pull"`,
    );
    expect((await ask('GET', '/token')).status).toBe(401);
    const answer = await ask('GET', `/token?scope=repository:${REPO}:pull,push`, { headers: basic });
    const [, token] = /"token":"([^"]+)","expires_in":60\}$/.exec(answer.text) ?? [];
    const headers = { authorization: `Bearer ${token}` };
    expect((await ask('GET', at('tags/list'), { headers })).code).toBe('NAME_UNKNOWN');
    expect((await ask('POST', at('blobs/uploads/'), { headers })).code).toBe('DENIED');
    expect((await ask('GET', '/v2/other/repo/tags/list', { headers })).status).toBe(403);
    now += 60_000;
    expect((await ask('GET', at('tags/list'), { headers })).status).toBe(401);
  });

  test('are not needed where Basic will do', async () => {
    await start({ auth: { kind: 'basic', users } });
    expect((await ask('GET', '/v2/')).header('www-authenticate')).toBe('Basic realm="fake registry"');
    expect((await ask('GET', '/v2/', { headers: basic })).status).toBe(200);
  });
});

describe('quirks and faults', () => {
  test('a chunk past the limit is 416, a mount a session, a deletion 405, a redirect goes to the other host', async () => {
    await start({ quirks: { maxPatchBytes: 4, mounts: 'upload', deletes: 'refused', blobs: 'other-host' } });
    const digest = await upload('content');
    const location = (await ask('POST', at('blobs/uploads/'))).header('location') ?? '';
    expect((await ask('PATCH', location, { body: '12345' })).status).toBe(416);
    expect((await ask('POST', `/v2/b/c/blobs/uploads/?mount=${digest}&from=${REPO}`)).status).toBe(202);
    expect((await ask('DELETE', at(`blobs/${digest}`))).status).toBe(405);
    const redirect = await ask('GET', at(`blobs/${digest}`));
    expect([redirect.status, redirect.header('location')]).toEqual([307, expect.stringContaining(fake.otherOrigin)]);
    expect((await ask('GET', redirect.header('location') ?? '', { headers: { authorization: 'Bearer x' } })).text).toBe(
      'content',
    );
    expect(fake.log.at(-1)).toMatchObject({
      at: 'other',
      method: 'GET',
      status: 200,
      authorization: 'bearer',
      sent: 7,
    });
  });

  test('a fault meets the requests that it is for, as often as it says, and is in the log', async () => {
    const digest = await upload('content');
    fake.clearLog();
    fake.fail({ kind: 'answer', status: 503, on: ({ method }) => method === 'GET', times: 2 });
    const statuses = [];
    for (const method of ['HEAD', 'GET', 'GET', 'GET'])
      statuses.push((await ask(method, at(`blobs/${digest}`))).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect(fake.log.map(({ status }) => status)).toEqual(statuses);
  });

  test.each(['reset', 'cut'] as const)('%s ends the connection', async (kind) => {
    const digest = await upload('content');
    fake.fail({ kind });
    await expect(ask('GET', at(`blobs/${digest}`))).rejects.toThrow();
  });

  test('flip changes one byte', async () => {
    const digest = await upload('content');
    fake.fail({ kind: 'flip' });
    const { text } = await ask('GET', at(`blobs/${digest}`));
    expect([text.length, text === 'content']).toEqual([7, false]);
  });
});
