import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fault } from '@waybill/testing/github';
import { type GitHubSite, READER, startGitHubSite } from '@waybill/testing/github-client';
import type { RefStore } from '../../content/index.ts';
import { openGitHubRefStore } from './open-github-ref-store.ts';

const REF = 'refs/waybill/channel/app/production';
const BRANCH = 'refs/heads/waybill/channel/app/production';

let site: GitHubSite;
let store: RefStore;
beforeEach(async () => {
  site = await startGitHubSite({ validate: true });
  store = open();
});
afterEach(() => site.stop());

const open = (token = undefined as Parameters<GitHubSite['client']>[0]) =>
  openGitHubRefStore(site.client(token, { writeGapMs: 0 }));
const put = (text: string, parent?: string, on = store) =>
  on.commit({
    ...(parent === undefined ? {} : { parent }),
    files: { 'record.json': Buffer.from(text) },
    message: text,
  });

const FAULTS: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'lost' },
  { kind: 'cut' },
  { kind: 'bad-gateway' },
  { kind: 'answer', status: 503, body: 'Unicorn!' },
  { kind: 'secondary-limit', retryAfter: 2 },
  { kind: 'secondary-limit' },
];

/** Creates a ref and moves it once; what came of it. */
async function createAndMove(on: RefStore, ref = REF) {
  const first = await put('1', undefined, on);
  const created = await on.move(ref, first, { expected: undefined });
  const second = await put('2', first, on);
  const moved = await on.move(ref, second, { expected: first });
  return { created, moved, isThere: site.fake.contents.ref(ref) === second };
}

describe('whatever request goes wrong once', () => {
  test.each(FAULTS)('a ref is created and moved, and said to be: %j', async (fault) => {
    await createAndMove(store);
    const requests = site.fake.log.length;
    expect(requests).toBeGreaterThan(6);
    for (let index = 0; index < requests; index += 1) {
      site.fake.contents.setRef(REF, undefined);
      let seen = 0;
      site.fake.fail({
        ...fault,
        on: () => {
          seen += 1;
          return seen === index + 1;
        },
      });
      expect({ index, ...(await createAndMove(open())) }).toEqual({ index, created: true, moved: true, isThere: true });
    }
    expect(site.fake.log.every(({ leaked, token }) => !leaked && token === 'writer')).toBe(true);
  });

  test.each([
    { kind: 'silence' },
    { kind: 'stall' },
    { kind: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body: '{}' },
  ] as const)('$kind: the same', async (fault) => {
    await site.stop();
    site = await startGitHubSite({ validate: true }, 300);
    for (const path of ['refs', 'graphql']) {
      site.fake.fail({ ...fault, on: (seen) => seen.method === 'POST' && seen.path.endsWith(`/${path}`) });
      const outcome = await createAndMove(open(), `${REF}-${path}`);
      expect(outcome).toEqual({ created: true, moved: true, isThere: true });
    }
  });
});

describe('with reads that come late', () => {
  beforeEach(() => site.fake.setQuirks({ staleReads: 3 }));

  test('an answer that was lost is no loss, and no second record', async () => {
    for (const kind of ['lost', 'bad-gateway'] as const) {
      for (const path of ['refs', 'graphql']) {
        site.fake.fail({ kind, on: (seen) => seen.method === 'POST' && seen.path.endsWith(`/${path}`) });
        const outcome = await createAndMove(open(), `${REF}-${kind}-${path}`);
        expect(outcome).toEqual({ created: true, moved: true, isThere: true });
      }
    }
  });

  test('eight who append at once, each until it wins, lose nothing', async () => {
    const won = await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        const mine = open();
        for (let tries = 1; tries < 200; tries += 1) {
          const tip = await mine.resolve(REF);
          const commit = await put(`writer ${writer}`, tip, mine);
          if (await mine.move(REF, commit, { expected: tip })) return tries;
        }
        return undefined;
      }),
    );
    expect(won.every((tries) => tries !== undefined)).toBe(true);
    site.fake.setQuirks({ staleReads: 0 });
    const records: string[] = [];
    for await (const { file } of store.history(site.fake.contents.ref(REF) ?? '', 'record.json')) {
      records.push(Buffer.from(file ?? []).toString());
    }
    expect(records.sort()).toEqual(Array.from({ length: 8 }, (_, i) => `writer ${i}`));
  });

  test('a creation that lost is told at once, and makes no branch beside it', async () => {
    const [first, second] = [await put('1'), await put('2')];
    expect(await store.move(REF, first, { expected: undefined })).toBe(true);
    const waits = site.clock.waits.length;
    expect(await open().move(REF, second, { expected: undefined })).toBe(false);
    expect(site.clock.waits).toHaveLength(waits);
    expect(site.fake.contents.refs()).toEqual(['refs/heads/main', REF]);
  });
});

describe('where GraphQL does not take such refs', () => {
  test('they are moved by REST, without force, and a lost race is still one', async () => {
    const body = '{"errors":[{"type":"UNPROCESSABLE","message":"not a valid ref name"}]}';
    const headers = { 'content-type': 'application/json' };
    const isUpdate = ({
      path,
      headers: sent,
    }: {
      path: string;
      headers: Readonly<Record<string, string | undefined>>;
    }) => path.endsWith('/graphql') && Number(sent['content-length']) > 250;
    site.fake.fail({ kind: 'answer', status: 200, headers, body, on: isUpdate, times: 99 });
    expect(await createAndMove(store)).toEqual({ created: true, moved: true, isThere: true });
    const tip = (await store.resolve(REF)) ?? '';
    const [mine, theirs] = [await put('mine', tip), await put('theirs', tip)];
    site.fake.contents.setRef(REF, theirs);
    expect(await store.move(REF, mine, { expected: tip })).toBe(false);
    expect(site.fake.contents.ref(REF)).toBe(theirs);
  });
});

describe('forms', () => {
  const refuseCustom = { refuseRef: (ref: string) => ref.startsWith('refs/waybill/') };

  test('a ref that GitHub does not take is a branch, and stays one when it would', async () => {
    site.fake.setQuirks(refuseCustom);
    const first = await put('1');
    expect(await store.move(REF, first, { expected: undefined })).toBe(true);
    site.fake.setQuirks({ refuseRef: () => false });
    const again = open();
    const second = await put('2', first, again);
    expect(await again.move(REF, first, { expected: undefined })).toBe(false);
    expect(await again.move(REF, second, { expected: first })).toBe(true);
    expect(site.fake.contents.refs()).toEqual(['refs/heads/main', BRANCH]);
  });

  test('one in both is nobody’s', async () => {
    const first = await put('1');
    for (const ref of [REF, BRANCH]) site.fake.contents.setRef(ref, first);
    await expect(store.resolve(REF)).rejects.toMatchObject({ code: 'REF_FORMS_CONFLICT', kind: 'integrity' });
  });

  test('one that is refused in both says what to allow', async () => {
    site.fake.setQuirks({ refuseRef: (ref) => ref !== 'refs/heads/main' });
    await expect(store.move(REF, await put('1'), { expected: undefined })).rejects.toMatchObject({
      code: 'LEDGER_DENIED',
      kind: 'user',
      message: expect.stringContaining('Cannot create ref due to creations being restricted'),
      hint: expect.stringContaining('rulesets'),
    });
  });

  test('a rule that keeps a ref from moving is no lost race', async () => {
    const first = await put('1');
    await store.move(REF, first, { expected: undefined });
    site.fake.setQuirks(refuseCustom);
    await expect(store.move(REF, await put('2', first), { expected: first })).rejects.toMatchObject({
      code: 'LEDGER_DENIED',
    });
  });

  test('a ref that points at something else than a commit is told', async () => {
    const url = `${site.fake.apiUrl}/x`;
    const ref = { ref: REF, node_id: 'R', url, object: { type: 'tag', sha: 'a'.repeat(40), url } };
    const on = ({ path }: { path: string }) => path.includes('/git/ref/');
    site.fake.fail({
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ref),
      on,
    });
    await expect(store.resolve(REF)).rejects.toMatchObject({ code: 'RECORD_INVALID' });
  });
});

describe('permissions', () => {
  test('a token that may only read is told so, before and while it writes', async () => {
    const reader = open(READER);
    const refusal = { code: 'LEDGER_DENIED', kind: 'user', hint: expect.stringContaining('contents: write') };
    await expect(reader.assertWritable()).rejects.toMatchObject(refusal);
    await expect(put('1', undefined, reader)).rejects.toMatchObject(refusal);
    await expect(reader.move(REF, await put('1'), { expected: undefined })).rejects.toMatchObject(refusal);
    await store.assertWritable();
  });

  test('a repository that the token may not read is no empty one', async () => {
    const hidden = await startGitHubSite({
      validate: true,
      visibility: 'private',
      quirks: { missingPermission: 'hidden' },
    });
    try {
      const stranger = { name: 'outsider', secret: 'ghs_outsideroutsideroutsider', permissions: {} };
      const refused = openGitHubRefStore(hidden.client(stranger)).resolve(REF);
      await expect(refused).rejects.toMatchObject({
        code: 'GITHUB_NOT_FOUND',
        hint: expect.stringContaining('contents: read'),
      });
    } finally {
      await hidden.stop();
    }
  });
});

test('a resolved ref and its record are two requests, three with the first question', async () => {
  const first = await put('1');
  await store.move(REF, first, { expected: undefined });
  const again = open();
  site.fake.clearLog();
  await again.readFile((await again.resolve(REF)) ?? '', 'record.json');
  expect(site.fake.log.map(({ path }) => path.replace(/^.*octo-org\/app\//, ''))).toEqual([
    'git/matching-refs/heads/waybill',
    'git/ref/waybill/channel/app/production',
    `contents/record.json?ref=${first}`,
  ]);
  site.fake.clearLog();
  expect(await again.readFile((await again.resolve(REF)) ?? '', 'digests/ab/cd.json')).toBeUndefined();
  expect(site.fake.log).toHaveLength(2);
});
