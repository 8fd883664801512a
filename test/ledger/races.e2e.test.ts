import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { collectAll } from '@waybill/testing/ref-store-suite';
import { CHANNEL, digestNamed, draftOf, IMAGE, type LedgerSite, ledgerSite } from './ledger-site.ts';

describe('promotions that race over a bare repository', () => {
  let site: LedgerSite;
  beforeEach(() => {
    site = ledgerSite();
  });
  afterEach(() => site.dispose());

  test('eight at once, each until it has its place, give one gapless sequence, with the repository made by one of them', async () => {
    const writers = Array.from({ length: 8 }, (_, i) => ({ ...site.open(), name: `writer-${i}` }));
    await Promise.all(
      writers.map(async ({ ledger: { channels }, name }) => {
        for (let round = 0; round < 3; ) {
          const draft = draftOf(digestNamed(`${name}-${round}`), { actor: name });
          const expected = await channels.tip(IMAGE, CHANNEL);
          if ((await channels.append(IMAGE, CHANNEL, draft, { expected })).appended) round += 1;
        }
      }),
    );
    const { channels } = site.open().ledger;
    const entries = (await collectAll(channels.log(IMAGE, CHANNEL))).reverse();
    expect(entries.map(({ record }) => record.sequence)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    for (const { name } of writers) {
      expect(entries.filter(({ record }) => record.actor === name)).toHaveLength(3);
    }
    expect(await channels.check(IMAGE, CHANNEL)).toEqual([]);
  });

  test('eight that judged the same tip: one is on top, seven are told which', async () => {
    const first = await site
      .open()
      .ledger.channels.append(IMAGE, CHANNEL, draftOf(digestNamed('a')), { expected: undefined });
    const expected = first.appended ? first.entry : undefined;
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        site.open().ledger.channels.append(IMAGE, CHANNEL, draftOf(digestNamed(`b${i}`)), { expected }),
      ),
    );
    const [winner] = results.filter((result) => result.appended);
    const losers = results.filter((result) => !result.appended);
    expect(losers).toHaveLength(7);
    for (const loser of losers)
      expect(loser).toEqual({ appended: false, current: winner?.appended ? winner.entry : undefined });
  });
});
