import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runGit } from '@waybill/testing/git';
import { collectAll } from '@waybill/testing/ref-store-suite';
import { importChannel } from './import-channel.ts';
import { CHANNEL, digestNamed, draftOf, IMAGE, type LedgerSite, ledgerSite } from './ledger-site.ts';

const COUNT = 10_000;
const AT = '2026-01-01T00:00:00Z';

describe(`a channel of ${COUNT} promotions`, () => {
  let site: LedgerSite;

  beforeAll(async () => {
    site = ledgerSite();
    runGit(site.folder, ['init', '-q', '--bare', site.repository]);
    await importChannel(site.repository, COUNT, AT);
  });
  afterAll(() => site.dispose());

  /** Objects in the private clones that a ledger made. */
  const objectsIn = (workFolder: string): number =>
    readdirSync(workFolder)
      .map((name) => runGit(path.join(workFolder, name), ['count-objects', '-v']))
      .flatMap((text) => [...text.matchAll(/^(?:count|in-pack): (\d+)$/gm)])
      .reduce((sum, [, count]) => sum + Number(count), 0);

  test('has its tip, a digest and a way back by a handful of objects, and takes a new record as fast', async () => {
    const tip = site.open();
    expect((await tip.ledger.channels.tip(IMAGE, CHANNEL))?.record.sequence).toBe(COUNT);
    expect(tip.calls.length).toBeLessThanOrEqual(5);
    expect(objectsIn(tip.workFolder)).toBeLessThanOrEqual(8);

    const find = site.open();
    const facts = await find.ledger.channels.find(IMAGE, CHANNEL, digestNamed('digest 77'));
    expect(facts).toMatchObject({ first: { sequence: 77 }, latest: { sequence: 77 }, rolledBack: false });
    expect(find.calls.length).toBeLessThanOrEqual(6);
    expect(objectsIn(find.workFolder)).toBeLessThanOrEqual(10);

    const back = site.open();
    expect((await back.ledger.channels.rollbackTarget(IMAGE, CHANNEL))?.record.sequence).toBe(COUNT - 1);
    expect(back.calls.length).toBeLessThanOrEqual(10);
    expect(objectsIn(back.workFolder)).toBeLessThanOrEqual(20);

    const append = site.open();
    const expected = await append.ledger.channels.tip(IMAGE, CHANNEL);
    const draft = draftOf(digestNamed('another'), { promotedAt: AT });
    const result = await append.ledger.channels.append(IMAGE, CHANNEL, draft, { expected });
    expect(result).toMatchObject({ appended: true, entry: { record: { sequence: COUNT + 1 } } });
    expect(append.calls.length).toBeLessThanOrEqual(20);
    expect(objectsIn(append.workFolder)).toBeLessThanOrEqual(24);
  });

  test('is checked whole in a few fetches', async () => {
    const { ledger, calls } = site.open();
    expect(await ledger.channels.check(IMAGE, CHANNEL)).toEqual([]);
    expect(calls.filter((call) => call.startsWith('fetch')).length).toBeLessThanOrEqual(24);
    const newest: number[] = [];
    for await (const { record } of ledger.channels.log(IMAGE, CHANNEL)) if (newest.push(record.sequence) === 3) break;
    expect(newest).toEqual([COUNT + 1, COUNT, COUNT - 1]);
    expect(await collectAll(ledger.channels.list())).toHaveLength(1);
  });
});
