import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FakeRegistry, type FakeRegistryOptions, startFakeRegistry } from './index.ts';
import { sha256 } from './repositories.ts';

// What is special about GHCR, asked by plain requests.

const REPO = 'octo-org/app';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const AUTH = { kind: 'token', users: { me: { password: 'pw', grants: { '*': ['pull', 'push', 'delete'] } } } } as const;

let fake: FakeRegistry;
let now: number;
const start = async (options: FakeRegistryOptions = {}) => {
  await fake.stop();
  fake = await startFakeRegistry({ clock: () => now, profile: 'ghcr', quirks: { limitedEvery: Infinity }, ...options });
};
beforeEach(async () => {
  now = Date.UTC(2026, 0, 1);
  fake = await startFakeRegistry({ clock: () => now, profile: 'ghcr', quirks: { limitedEvery: Infinity } });
});
afterEach(() => fake.stop());

async function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const url = path.startsWith('http') ? path : `http://${fake.host}${path}`;
  const response = await fetch(url, { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text(), header: (name: string) => response.headers.get(name) };
}

const at = (rest: string) => `/v2/${REPO}/${rest}`;

/** Pushes a blob that no manifest names. */
async function upload(content: string): Promise<string> {
  const digest = sha256(Buffer.from(content));
  expect((await ask('POST', at(`blobs/uploads/?digest=${digest}`), content)).status).toBe(201);
  return digest;
}

async function name(tag: string, ...layers: readonly string[]) {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: await upload('{}'), size: 2 };
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config,
    layers: layers.map((digest) => ({ digest })),
  });
  return ask('PUT', at(`manifests/${tag}`), body, { 'content-type': MANIFEST });
}

test('a blob is served once a manifest names it', async () => {
  const digest = await upload('pack');
  for (const method of ['GET', 'HEAD']) expect((await ask(method, at(`blobs/${digest}`))).status).toBe(404);
  expect((await name('v1', digest)).status).toBe(201);
  expect((await ask('HEAD', at(`blobs/${digest}`))).status).toBe(200);
});

test('a GET of a blob leads to another host, by an address that is for it alone and runs out', async () => {
  const [digest, other] = [await upload('pack'), await upload('other')];
  await name('v1', digest, other);
  const redirect = await ask('GET', at(`blobs/${digest}`));
  const location = redirect.header('location') ?? '';
  expect([redirect.status, location.startsWith(`${fake.otherOrigin}/`)]).toEqual([307, true]);
  expect((await ask('GET', location)).text).toBe('pack');
  expect((await ask('GET', location.replace(digest, other))).status).toBe(403);
  expect((await ask('GET', location.replace(/\?.*/, ''))).status).toBe(403);
  now += 300_000;
  expect((await ask('GET', location)).status).toBe(403);
});

test('a PATCH of 4 MiB is taken, of one byte more it is 416; a PUT may be larger', async () => {
  const session = async () => (await ask('POST', at('blobs/uploads/'))).header('location') ?? '';
  const large = 'x'.repeat(4 * 1024 * 1024);
  expect((await ask('PATCH', await session(), large)).status).toBe(202);
  expect((await ask('PATCH', await session(), `${large}x`)).status).toBe(416);
  const digest = sha256(Buffer.from(`${large}x`));
  expect((await ask('PUT', `${await session()}&digest=${digest}`, `${large}x`)).status).toBe(201);
});

test('nothing is deleted, tags come in lexical order, mounts are sessions', async () => {
  const digest = await upload('pack');
  for (const tag of ['b', 'a']) await name(tag, digest);
  for (const path of ['manifests/a', `blobs/${digest}`]) expect((await ask('DELETE', at(path))).status).toBe(405);
  expect(JSON.parse((await ask('GET', at('tags/list'))).text)).toEqual({ name: REPO, tags: ['a', 'b'] });
  expect((await ask('POST', `/v2/b/c/blobs/uploads/?mount=${digest}&from=${REPO}`)).status).toBe(202);
});

test.each([
  ['ghcr', 404],
  ['ghcr-with-empty-referrers', 200],
] as const)('referrers of %s are answered %d, with nothing', async (profile, status) => {
  await start({ profile });
  const answer = await ask('GET', at(`referrers/${sha256(Buffer.from('x'))}`));
  expect([answer.status, answer.text.includes('sha256:')]).toEqual([status, false]);
});

test('a token comes without its life, and the challenge of /v2/ is for a repository that nobody asked about', async () => {
  await start({ auth: AUTH });
  expect((await ask('GET', '/v2/')).header('www-authenticate')).toContain(',scope="repository:user/image:pull"');
  expect((await ask('GET', at('tags/list'))).header('www-authenticate')).toContain(`,scope="repository:${REPO}:pull"`);
  const basic = { authorization: `Basic ${Buffer.from('me:pw').toString('base64')}` };
  const token: unknown = JSON.parse((await ask('GET', `/token?scope=repository:${REPO}:pull`, undefined, basic)).text);
  expect(token).toEqual({ token: expect.any(String) });
  expect((await ask('GET', '/token', undefined, { authorization: 'Bearer pw' })).status).toBe(401);
});

test('each n-th request is too many, and its body says how long to wait', async () => {
  await start({ quirks: { limitedEvery: 3 } });
  const answers = [];
  for (let n = 0; n < 6; n += 1) answers.push(await ask('GET', '/v2/'));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 200, 200, 429]);
  expect(answers[2]?.text).toContain('retry-after: 12.5ms, allowed: 2000/minute');
  expect(answers[2]?.header('retry-after')).toBeNull();
});
