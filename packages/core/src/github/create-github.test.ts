import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubSite, OUTSIDER, READER, startGitHubSite, WRITER } from '@waybill/testing/github-client';
import { fieldsOf, listOf, textOf } from './fields.ts';

const READ = { needs: 'contents: read' };
const WRITE = { needs: 'contents: write' };
const identity = (json: unknown) => json;

let site: GitHubSite;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true });
});
afterEach(() => site.stop());

const branch = (client = site.client()) =>
  client.rest('GET /', {}, (json) => textOf(fieldsOf(json), 'default_branch'), READ);
const makeBlob = (client = site.client()) => client.rest('POST /git/blobs', { content: 'x' }, identity, WRITE);
const fakeOf = () => site.fake;

describe('a request', () => {
  test('is sent once, with the token, to the API', async () => {
    expect(await branch()).toEqual({ status: 200, value: 'main' });
    expect(fakeOf().log.map(({ at, method, path, token }) => [at, method, path, token])).toEqual([
      ['api', 'GET', '/repos/octo-org/app', 'writer'],
    ]);
  });

  test('is sent without a token where there is none', async () => {
    const nobody = { name: '', secret: '', permissions: {} };
    expect((await branch(site.client(nobody))).value).toBe('main');
    expect(fakeOf().log[0]?.token).toBe('none');
  });

  test.each([
    { kind: 'reset' },
    { kind: 'lost' },
    { kind: 'cut' },
    { kind: 'bad-gateway' },
    { kind: 'answer', status: 500, body: '<html>Unicorn!</html>' },
    { kind: 'secondary-limit' },
    { kind: 'secondary-limit', retryAfter: 3 },
    { kind: 'primary-limit', resetAfter: 100 },
    { kind: 'answer', status: 429 },
  ] as const)('that reads is sent again after $kind', async (fault) => {
    fakeOf().fail(fault);
    expect((await branch()).value).toBe('main');
    expect(fakeOf().log).toHaveLength(2);
    expect(site.lines).toHaveLength(1);
  });

  test.each(['stall', 'silence'] as const)('that reads is sent again after %s', async (kind) => {
    const impatient = await startGitHubSite({ validate: true }, 300);
    try {
      impatient.fake.fail({ kind });
      expect((await branch(impatient.client())).value).toBe('main');
      expect(impatient.lines[0]).toMatch(kind === 'stall' ? /gave no byte of its body/ : /had no answer/);
    } finally {
      await impatient.stop();
    }
  });

  test('that writes is not sent again while nobody knows whether it was done', async () => {
    for (const kind of ['reset', 'lost', 'bad-gateway'] as const) {
      fakeOf().fail({ kind });
      await expect(makeBlob()).rejects.toMatchObject({
        code: kind === 'bad-gateway' ? 'GITHUB_SERVER_ERROR' : 'HTTP_BROKEN',
      });
    }
    expect(fakeOf().log).toHaveLength(3);
  });

  test('that writes is sent again after a limit, when nothing was done', async () => {
    fakeOf().fail({ kind: 'secondary-limit', retryAfter: 5 });
    expect((await makeBlob()).status).toBe(201);
    expect(site.clock.waits).toContain(5000);
  });

  test('gives up when the tries are used up, with the last answer', async () => {
    const headers = { 'content-type': 'application/json' };
    fakeOf().fail({ kind: 'answer', status: 503, headers, body: '{"message":"down"}', times: 99 });
    await expect(branch()).rejects.toMatchObject({
      code: 'GITHUB_SERVER_ERROR',
      message: expect.stringContaining('503: down'),
    });
    expect(fakeOf().log).toHaveLength(8);
  });

  test('an answer that is no JSON, or of another shape, is unreadable', async () => {
    for (const body of ['<html>', '[]', '{"default_branch":1}']) {
      fakeOf().fail({ kind: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body });
      await expect(branch()).rejects.toMatchObject({ code: 'GITHUB_UNREADABLE', kind: 'remote' });
    }
  });

  test('ends with the signal', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(site.client().rest('GET /', {}, identity, { ...READ, signal })).rejects.toThrow('cancelled');
    expect(fakeOf().log).toEqual([]);
    const aborting = new AbortController();
    fakeOf().fail({ kind: 'silence' });
    const waiting = site.client().rest('GET /', {}, identity, { ...READ, signal: aborting.signal });
    setTimeout(() => aborting.abort(new Error('cancelled later')), 20);
    await expect(waiting).rejects.toThrow('cancelled later');
  });
});

describe('limits', () => {
  test('a Retry-After is waited for in full', async () => {
    fakeOf().fail({ kind: 'secondary-limit', retryAfter: 42 });
    await branch();
    expect(site.clock.waits).toEqual([42_000]);
  });

  test('a secondary limit without a time is a minute, then two', async () => {
    fakeOf().fail({ kind: 'secondary-limit', times: 2 });
    await branch();
    expect(site.clock.waits).toEqual([60_000, 120_000]);
  });

  test('one that says a minute is a minute each time', async () => {
    fakeOf().fail({ kind: 'secondary-limit', retryAfter: 60, times: 2 });
    await branch();
    expect(site.clock.waits).toEqual([60_000, 60_000]);
  });

  test('holds back whoever else wants to ask', async () => {
    const client = site.client();
    fakeOf().fail({ kind: 'secondary-limit', retryAfter: 42 });
    const started = site.clock.now();
    await Promise.all([branch(client), branch(client)]);
    await makeBlob(client);
    expect(site.clock.now() - started).toBe(42_000);
    fakeOf().setRemaining(0);
    fakeOf().clearLog();
    for (let call = 0; call < 3; call += 1)
      await expect(branch(client)).rejects.toMatchObject({ code: 'GITHUB_RATE_LIMITED' });
    expect(fakeOf().log).toHaveLength(1);
    site.clock.advance(3_600_000);
    expect((await branch(client)).value).toBe('main');
  });

  test('a primary limit is waited for until it is reset', async () => {
    fakeOf().fail({ kind: 'primary-limit', resetAfter: 90 });
    await branch();
    expect(site.clock.waits).toEqual([90_000]);
  });

  test('one that lasts longer than the budget is an error at once, which says how long', async () => {
    fakeOf().setRemaining(0);
    await expect(branch()).rejects.toMatchObject({
      code: 'GITHUB_RATE_LIMITED',
      kind: 'remote',
      hint: expect.stringContaining('again in 3600 s'),
    });
    expect(site.clock.waits).toEqual([]);
  });

  test('GraphQL says by 200 that a limit was met', async () => {
    const body = '{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}';
    const headers = { 'content-type': 'application/json', 'x-ratelimit-reset': String(site.clock.now() / 1000 + 30) };
    fakeOf().fail({ kind: 'answer', status: 200, headers, body });
    const client = site.client();
    const id = (data: unknown) => textOf(fieldsOf(fieldsOf(data)['repository']), 'id');
    const query = 'query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }';
    expect(await client.graphql(query, {}, id, READ)).toMatch(/^R_/);
    expect(site.clock.waits).toEqual([30_000]);
  });

  test('writes keep a second between them, however many want to', async () => {
    const client = site.client();
    await Promise.all([1, 2, 3].map(() => makeBlob(client)));
    expect(site.clock.waits).toEqual([1000, 1000]);
  });
});

describe('errors', () => {
  test('a permission that is missing is named', async () => {
    await expect(makeBlob(site.client(READER))).rejects.toMatchObject({
      code: 'GITHUB_DENIED',
      kind: 'user',
      message: expect.stringMatching(
        /^POST http:\/\/127\.0\.0\.1:\d+\/repos\/octo-org\/app\/git\/blobs answers 403: Resource not/,
      ),
      hint: expect.stringContaining('`permissions: contents: write`'),
    });
  });

  test('also where GitHub hides what it is behind 404', async () => {
    fakeOf().setQuirks({ missingPermission: 'hidden' });
    await expect(makeBlob(site.client(OUTSIDER))).rejects.toMatchObject({
      code: 'GITHUB_NOT_FOUND',
      hint: expect.stringContaining('`permissions: contents: write`'),
    });
  });

  test('a token that is not known is told so, and never shown', async () => {
    const stranger = { name: 'x', secret: 'ghs_strangerstrangerstranger', permissions: {} };
    const error: unknown = await branch(site.client(stranger)).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'GITHUB_UNAUTHENTICATED', kind: 'user' });
    expect(JSON.stringify([error, String(error)])).not.toContain(stranger.secret);
  });

  test('a status that the caller has an answer for is none', async () => {
    const answer = await site
      .client()
      .rest('GET /git/ref/{+ref}', { ref: 'waybill/a' }, identity, { ...READ, answers: [404] });
    expect(answer).toEqual({ status: 404, value: undefined });
  });
});

describe('pages', () => {
  const plant = (count: number) =>
    fakeOf().contents.plantAssets(
      'v1',
      Array.from({ length: count }, (_, i) => ({ name: `a-${i}`, bytes: Buffer.from('x') })),
    );
  const names = async () => {
    const [release] = fakeOf().contents.releases();
    const all: string[] = [];
    const parse = (json: unknown) => listOf(json).map((each) => textOf(fieldsOf(each), 'name'));
    for await (const page of site
      .client()
      .pages('GET /releases/{release}/assets', { release: release?.id }, parse, READ)) {
      all.push(...page);
    }
    return all;
  };

  test('are followed to the last, and asked for whole', async () => {
    plant(250);
    expect(await names()).toHaveLength(250);
    expect(fakeOf().log.map(({ path }) => path.replace(/.*\?/, ''))).toEqual([
      'per_page=100',
      'per_page=100&page=2',
      'per_page=100&page=3',
    ]);
  });

  test.each(['https://evil.example/page', 'http://127.0.0.1:1/page', 'no url'])(
    'do not lead to another host: %s',
    async (to) => {
      plant(1);
      const headers = { 'content-type': 'application/json', link: `<${to}>; rel="next"` };
      fakeOf().fail({ kind: 'answer', status: 200, headers, body: '[]' });
      await expect(names()).rejects.toMatchObject({ code: 'GITHUB_HOST_REFUSED', kind: 'integrity' });
      expect(fakeOf().log).toHaveLength(1);
    },
  );

  test('do not go in a circle', async () => {
    plant(1);
    const link = `<${fakeOf().apiUrl}/repos/octo-org/app/releases/1/assets?page=2>; rel="next"`;
    fakeOf().fail({
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'application/json', link },
      body: '[]',
      times: 9,
    });
    await expect(names()).rejects.toMatchObject({ code: 'GITHUB_UNREADABLE' });
    expect(fakeOf().log).toHaveLength(2);
  });
});

describe('the token (S1-33)', () => {
  test.each([301, 302, 307, 308])('does not follow a redirect %i to another host', async (status) => {
    fakeOf().fail({ kind: 'answer', status, headers: { location: `${fakeOf().storageOrigin}/stolen` } });
    await expect(branch()).rejects.toMatchObject({ code: 'GITHUB_HOST_REFUSED' });
    expect(fakeOf().log).toHaveLength(1);
  });

  test('follows one to a repository that was renamed', async () => {
    fakeOf().fail({ kind: 'answer', status: 301, headers: { location: `${fakeOf().apiUrl}/repos/octo-org/app` } });
    expect((await branch()).value).toBe('main');
  });

  test('is not sent to the host that holds the bytes of an asset', async () => {
    fakeOf().contents.plantAssets('v1', [{ name: 'a', bytes: Buffer.from('bytes') }]);
    const [release] = fakeOf().contents.releases();
    const bytes = await site.client().download(release?.assets[0]?.id ?? 0, { maxBytes: 100 });
    expect(Buffer.from(bytes ?? []).toString()).toBe('bytes');
    expect(fakeOf().log.map(({ at, token, leaked }) => [at, token, leaked])).toEqual([
      ['api', 'writer', false],
      ['storage', 'none', false],
    ]);
  });
});

describe('assets', () => {
  const plant = () => {
    fakeOf().contents.plantAssets('v1', [{ name: 'a', bytes: Buffer.from('bytes') }]);
    const [release] = fakeOf().contents.releases();
    return { release: release?.id ?? 0, asset: release?.assets[0]?.id ?? 0 };
  };

  test('are sent as a stream, with their length', async () => {
    const { release } = plant();
    const body = {
      size: 6,
      open: async function* () {
        yield Buffer.from('abc');
        yield Buffer.from('def');
      },
    };
    const upload = { release, name: 'b', label: 'for people', type: 'text/plain', body };
    const made = await site.client().upload(upload, (json) => fieldsOf(json), WRITE);
    expect(made.value).toMatchObject({ name: 'b', label: 'for people', size: 6, state: 'uploaded' });
    const sent = fakeOf().log.find(({ at }) => at === 'uploads');
    expect([sent?.headers['content-length'], sent?.headers['transfer-encoding'], sent?.token]).toEqual([
      '6',
      undefined,
      'writer',
    ]);
  });

  test.each([{ kind: 'cut' }, { kind: 'reset' }, { kind: 'answer', status: 403 }] as const)(
    'are read again when their bytes do not come whole from the other host: $kind',
    async (fault) => {
      const { asset } = plant();
      fakeOf().fail({ ...fault, on: ({ at }) => at === 'storage' });
      const bytes = await site.client().download(asset, { maxBytes: 100 });
      expect(Buffer.from(bytes ?? []).toString()).toBe('bytes');
    },
  );

  test('are read again when they stop half way', async () => {
    const impatient = await startGitHubSite({ validate: true }, 300);
    try {
      const { fake } = impatient;
      fake.contents.plantAssets('v1', [{ name: 'a', bytes: Buffer.from('bytes') }]);
      fake.fail({ kind: 'stall', on: ({ at }) => at === 'storage' });
      const bytes = await impatient
        .client()
        .download(fake.contents.releases()[0]?.assets[0]?.id ?? 0, { maxBytes: 100 });
      expect(Buffer.from(bytes ?? []).toString()).toBe('bytes');
    } finally {
      await impatient.stop();
    }
  });

  test('that are not there are undefined, and too many bytes an error', async () => {
    const { asset } = plant();
    expect(await site.client().download(asset + 99, { maxBytes: 100 })).toBeUndefined();
    await expect(site.client().download(asset, { maxBytes: 4 })).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
  });
});

test('GitHub Enterprise Server has its API below paths of one host', async () => {
  const host = await startGitHubSite({ validate: true, quirks: { layout: 'host' } });
  try {
    const client = host.client();
    expect((await branch(client)).value).toBe('main');
    host.fake.contents.plantAssets('v1', [{ name: 'a', bytes: Buffer.from('bytes') }]);
    const [release] = host.fake.contents.releases();
    const upload = { release: release?.id ?? 0, name: 'b', label: '', type: 'text/plain', body: Buffer.from('x') };
    expect((await client.upload(upload, identity, WRITE)).status).toBe(201);
    const query = 'query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }';
    await client.graphql(query, {}, identity, READ);
    expect(host.fake.log.map(({ path }) => path.replace(/\?.*/, '').replace(/releases\/\d+/, 'releases/N'))).toEqual([
      '/api/v3/repos/octo-org/app',
      '/api/uploads/repos/octo-org/app/releases/N/assets',
      '/api/graphql',
    ]);
  } finally {
    await host.stop();
  }
});

test('the secret is nowhere but in the header that is made for it', () => {
  expect(WRITER.secret).toContain('ghs_');
  expect(site.fake.log.some(({ leaked }) => leaked)).toBe(false);
});
