import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ask, READER, WRITER } from './asking.ts';
import { type FakeGitHub, type FakeToken, startFakeGitHub } from './index.ts';

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub({ validate: true, tokens: [WRITER, READER] });
});
afterEach(() => fake.stop());

const query = async (text: string, variables: object = {}, token: FakeToken = WRITER) =>
  (await ask(fake, 'POST', fake.graphqlUrl, { body: { query: text, variables }, token })).fields;

const ZERO = '0'.repeat(40);
const UPDATE = 'mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }';

async function update(refUpdates: readonly object[], token: FakeToken = WRITER) {
  const { data } = await query('{ repository(owner: "octo-org", name: "app") { id } }');
  const [repositoryId] = /R_[\w-]+/.exec(JSON.stringify(data)) ?? [];
  return query(UPDATE, { input: { repositoryId, refUpdates } }, token);
}

describe('updateRefs', () => {
  test('moves a ref only from where it is expected', async () => {
    const [a, b] = [fake.contents.commit({ files: { a: '1' } }), fake.contents.commit({ files: { a: '2' } })];
    const next = fake.contents.commit({ files: { a: '3' }, parents: [a] });
    const name = 'refs/waybill/x';
    expect(await update([{ name, beforeOid: ZERO, afterOid: a }])).toEqual({
      data: { updateRefs: { clientMutationId: null } },
    });
    expect(await update([{ name, beforeOid: ZERO, afterOid: b }])).toMatchObject({
      errors: [{ type: 'UNPROCESSABLE' }],
    });
    expect(await update([{ name, beforeOid: b, afterOid: next }])).toMatchObject({
      errors: [{ type: 'UNPROCESSABLE' }],
    });
    expect(await update([{ name, beforeOid: a, afterOid: b }])).toMatchObject({
      errors: [{ message: 'Update is not a fast forward' }],
    });
    expect(await update([{ name, beforeOid: a, afterOid: next }])).not.toHaveProperty('errors');
    expect(fake.contents.ref(name)).toBe(next);
    await update([{ name, beforeOid: next, afterOid: ZERO }]);
    expect(fake.contents.ref(name)).toBeUndefined();
  });

  test('does all or nothing', async () => {
    const a = fake.contents.commit({ files: { a: '1' } });
    const answer = await update([
      { name: 'refs/waybill/x', beforeOid: ZERO, afterOid: a },
      { name: 'refs/heads/main', beforeOid: ZERO, afterOid: a },
    ]);
    expect(answer).toHaveProperty('errors');
    expect(fake.contents.ref('refs/waybill/x')).toBeUndefined();
  });

  test('is for those who may write', async () => {
    const a = fake.contents.commit({ files: { a: '1' } });
    const answer = await update([{ name: 'refs/waybill/x', beforeOid: ZERO, afterOid: a }], READER);
    expect(answer).toMatchObject({ errors: [{ type: 'FORBIDDEN' }] });
  });
});

test('a query is held to the published schema', async () => {
  expect(await query('{ repository(owner: "octo-org", name: "app") { nothing } }')).toMatchObject({
    errors: [{ message: expect.stringContaining('Cannot query field "nothing"') }],
  });
  expect(await query('{ repository(owner: "octo-org"')).toMatchObject({
    errors: [{ message: expect.stringContaining('Syntax') }],
  });
});

test('commits are read with their history and their files', async () => {
  const first = fake.contents.commit({ files: { 'r.json': '1' } });
  const second = fake.contents.commit({ files: { 'r.json': '2' }, parents: [first] });
  const { data } = await query(
    `query ($oid: GitObjectID!) { repository(owner: "octo-org", name: "app") { object(oid: $oid) { ... on Commit {
      history(first: 10) { nodes { oid parents(first: 1) { totalCount nodes { oid } }
        file(path: "r.json") { object { ... on Blob { text byteSize isTruncated } } } } } } } } }`,
    { oid: second },
  );
  const blob = (text: string) => ({ object: { text, byteSize: 1, isTruncated: false } });
  expect(data).toEqual({
    repository: {
      object: {
        history: {
          nodes: [
            { oid: second, parents: { totalCount: 1, nodes: [{ oid: first }] }, file: blob('2') },
            { oid: first, parents: { totalCount: 0, nodes: [] }, file: blob('1') },
          ],
        },
      },
    },
  });
});

test('releases and their assets are found by name, drafts by those who may write', async () => {
  fake.contents.plantAssets('waybill/a', [
    { name: 'x', bytes: Buffer.from('1') },
    { name: 'y', bytes: Buffer.from('2') },
  ]);
  await ask(fake, 'POST', 'releases', { body: { tag_name: 'draft', draft: true } });
  const text = `{ repository(owner: "octo-org", name: "app") {
    release(tagName: "waybill/a") { isDraft all: releaseAssets(first: 1) { totalCount } one: releaseAssets(first: 1, name: "y") { nodes { name size } } }
    hidden: release(tagName: "draft") { databaseId }
    releases(first: 10) { nodes { tagName isDraft } } } }`;
  expect((await query(text))['data']).toEqual({
    repository: {
      release: { isDraft: false, all: { totalCount: 2 }, one: { nodes: [{ name: 'y', size: 1 }] } },
      hidden: null,
      releases: {
        nodes: [
          { tagName: 'draft', isDraft: true },
          { tagName: 'waybill/a', isDraft: false },
        ],
      },
    },
  });
  expect(JSON.stringify(await query(text, {}, READER))).not.toContain('"draft"');
});

test('the limit is told', async () => {
  expect((await query('{ rateLimit { limit remaining } }'))['data']).toEqual({
    rateLimit: { limit: 5000, remaining: 4999 },
  });
});
