import { afterEach, describe, expect, test } from '@jest/globals';
import type { Fault } from '@waybill/testing/github';
import { type GitHubSite, startGitHubSite } from '@waybill/testing/github-client';
import { factsOf, listAll, statementAbout, subjectOf } from '@waybill/testing/statement-log-suite';
import { openReleaseLog } from './open-release-log.ts';

// No record is lost or doubled, whichever one request goes wrong, and however (F-2).

const FAULTS: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'lost' },
  { kind: 'cut' },
  { kind: 'stall' },
  { kind: 'silence' },
  { kind: 'bad-gateway' },
  { kind: 'starter' },
  { kind: 'delay', ms: 5 },
  { kind: 'answer', status: 500, body: '<html>Unicorn!</html>' },
  { kind: 'answer', status: 429 },
  { kind: 'secondary-limit', retryAfter: 3 },
  { kind: 'secondary-limit' },
  { kind: 'primary-limit', resetAfter: 60 },
];

const subject = subjectOf(7);
const bytes = statementAbout(subject);
const PART_SIZE = 3;
const TAG = 'waybill/provenance/2026-11';

let site: GitHubSite | undefined;
afterEach(async () => {
  await site?.stop();
  site = undefined;
});

type Plant = (site: GitHubSite) => Promise<void>;

const open = ({ client }: GitHubSite) => openReleaseLog(client(undefined, { writeGapMs: 0 }), { partSize: PART_SIZE });
const others = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    name: `${String(n).repeat(64)}.provenance.${'a'.repeat(12)}.intoto.json`,
    bytes: Buffer.from('x'),
  }));

const SCENARIOS: readonly (readonly [string, Plant])[] = [
  ['the first of a month', async () => undefined],
  ['one more in the release of the month', async ({ fake }) => fake.contents.plantAssets(TAG, others(1))],
  ['the first past a full release', async ({ fake }) => fake.contents.plantAssets(TAG, others(PART_SIZE))],
  ['one that is there already', async (each) => void (await open(each).append(bytes, factsOf(subject)))],
  [
    'one where an upload broke off before',
    async (each) => {
      each.fake.contents.plantAssets(TAG, others(1));
      each.fake.fail({ kind: 'starter', on: ({ at }) => at === 'uploads' });
      const { client } = each;
      await openReleaseLog(client(undefined, { budgetMs: 0 }))
        .append(bytes, factsOf(subject))
        .catch(() => undefined);
    },
  ],
];

async function start(plant: Plant, quirks: object = {}, kind: Fault['kind'] = 'reset'): Promise<GitHubSite> {
  const silenceMs = kind === 'stall' || kind === 'silence' ? 150 : undefined;
  const started = await startGitHubSite({ validate: true, primaryLimit: 100_000, quirks }, silenceMs);
  await plant(started);
  started.fake.clearLog();
  return started;
}

/** What is wrong after the append, in words; nothing where the record is there once, whole, and no token was where it should not be. */
async function problemsOf(each: GitHubSite): Promise<readonly string[]> {
  const { statement } = await open(each).append(bytes, factsOf(subject));
  const { name } = statement.place;
  const all = each.fake.contents.releases().flatMap(({ tag, assets }) => assets.map((asset) => ({ ...asset, tag })));
  const named = all.filter((asset) => asset.name === name);
  const listed = (await listAll(open(each))).filter(({ place }) => place.name === name);
  const read = await open(each).read(statement.place);
  const strays = each.fake.log.filter(
    ({ at, token, leaked }) => leaked || token !== (at === 'storage' ? 'none' : 'writer'),
  );
  return [
    ...(named.length === 1 ? [] : [`${named.length} assets of this name`]),
    ...(named.every(({ bytes: stored, state }) => state === 'uploaded' && Buffer.from(stored).equals(bytes))
      ? []
      : ['other bytes']),
    ...(all.some(({ state }) => state === 'starter') ? ['a starter is left'] : []),
    ...(named[0]?.tag === statement.place.group && named[0].id === statement.place.id ? [] : ['another place']),
    ...(listed.length === 1 ? [] : [`listed ${listed.length} times`]),
    ...(Buffer.from(read).equals(bytes) ? [] : ['read as other bytes']),
    ...(strays.length === 0 ? [] : [`a token at ${strays[0]?.at} ${strays[0]?.path}`]),
  ];
}

describe.each(SCENARIOS)('%s', (_, plant) => {
  test.each(FAULTS)('is filed once when any request meets %j', async (fault) => {
    const clean = await start(plant);
    site = clean;
    await open(clean).append(bytes, factsOf(subject));
    const requests = clean.fake.log.length;
    await clean.stop();
    expect(requests).toBeGreaterThan(1);
    for (let index = 0; index < requests; index += 1) {
      site = await start(plant, {}, fault.kind);
      let seen = 0;
      site.fake.fail({
        ...fault,
        on: () => {
          seen += 1;
          return seen === index + 1;
        },
      });
      expect({ index, problems: await problemsOf(site) }).toEqual({ index, problems: [] });
      await site.stop();
      site = undefined;
    }
  });
});

describe('with reads that come late', () => {
  test.each(['lost', 'bad-gateway', 'starter', 'reset'] as const)(
    '%s: a record is filed once all the same',
    async (kind) => {
      for (const [, plant] of SCENARIOS) {
        site = await start(plant, { staleReads: 2 });
        site.fake.fail({ kind, on: ({ method }) => method === 'POST' });
        site.fake.fail({ kind, on: ({ at }) => at === 'uploads' });
        const { statement } = await open(site).append(bytes, factsOf(subject));
        const named = site.fake.contents
          .releases()
          .flatMap(({ assets }) => assets.filter(({ name }) => name === statement.place.name));
        expect(named.map(({ state, bytes: stored }) => [state, Buffer.from(stored).equals(bytes)])).toEqual([
          ['uploaded', true],
        ]);
        await site.stop();
        site = undefined;
      }
    },
  );
});
