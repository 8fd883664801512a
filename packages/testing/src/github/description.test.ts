import { beforeAll, expect, test } from '@jest/globals';
import { type Description, type Exchange, loadDescription } from './description.ts';

let description: Description;
beforeAll(async () => {
  description = await loadDescription();
});

const REF = {
  ref: 'refs/heads/a',
  node_id: 'R',
  url: 'https://x/a',
  object: { type: 'commit', sha: 'a'.repeat(40), url: 'https://x/b' },
};

function exchange(
  change: Partial<Omit<Exchange, 'responseBody' | 'requestBody'>> & { answer?: unknown; request?: unknown },
): Exchange {
  const { answer = REF, request, ...rest } = change;
  return {
    method: 'GET',
    template: '/repos/{owner}/{repo}/git/ref/{ref}',
    query: new URLSearchParams(),
    requestType: undefined,
    requestBody: request === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(request)),
    status: 200,
    responseType: 'application/json; charset=utf-8',
    responseBody: answer === null ? new Uint8Array() : Buffer.from(JSON.stringify(answer)),
    ...rest,
  };
}

test('an exchange as it is described passes', () => {
  expect(description.check(exchange({}))).toEqual([]);
});

test.each([
  ['a field lacks', { answer: { ...REF, node_id: undefined } }, "required property 'node_id'"],
  ['a field is another type', { answer: { ...REF, ref: 1 } }, '/ref must be string'],
  ['a sha is short', { answer: { ...REF, object: { ...REF.object, sha: 'a' } } }, '/object/sha must NOT have fewer'],
  ['a URL is none', { answer: { ...REF, url: 'no url' } }, 'must match format "uri"'],
  ['the status is not described', { status: 202 }, 'status 202 is not described'],
  ['the operation is not described', { method: 'PUT' }, 'no such operation'],
  ['the query is not described', { query: new URLSearchParams('x=1') }, 'the query has x'],
  [
    'a body comes with 204',
    { method: 'DELETE', template: '/repos/{owner}/{repo}/git/refs/{ref}', status: 204 },
    'a body with 204',
  ],
  ['the type is another', { responseType: 'text/html' }, 'its type is text/html'],
  ['an error has no words', { status: 403, answer: { message: 1 } }, '/message must be string'],
])('one where %s does not', (_, change, problem) => {
  expect(description.check(exchange(change)).join('\n')).toContain(problem);
});

test('what is asked is held to the description as well', () => {
  const post = { method: 'POST', template: '/repos/{owner}/{repo}/git/refs', status: 201 };
  expect(description.check(exchange({ ...post, request: { ref: 'refs/a/b', sha: 'a' } }))).toEqual([]);
  expect(description.check(exchange({ ...post, request: { ref: 'refs/a/b' } })).join()).toContain("'sha'");
  const more = { ref: 'refs/a/b', sha: 'a', force: true };
  expect(description.check(exchange({ ...post, request: more })).join()).toContain('force is not described');
});

test('null is taken where it may be, and nowhere else', () => {
  const template = '/repos/{owner}/{repo}/releases/assets/{asset_id}';
  const asset = {
    url: 'https://x/a',
    id: 1,
    node_id: 'RA',
    name: 'a',
    label: null,
    uploader: null,
    content_type: 'text/plain',
    state: 'starter',
    size: 0,
    digest: null,
    download_count: 0,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    browser_download_url: 'https://x/a',
  };
  expect(description.check(exchange({ template, answer: asset }))).toEqual([]);
  expect(description.check(exchange({ template, answer: { ...asset, name: null } })).join()).toContain(
    '/name must be string',
  );
});
