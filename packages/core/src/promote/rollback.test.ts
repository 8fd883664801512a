import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FixtureImage } from '@waybill/testing/images';
import { commitAt, openPromotionStage, type PromotionStage, type SiteOptions } from '@waybill/testing/promotions';
import type { Digest } from '../oci/index.ts';
import { type RollbackOrder, rollbackChannel } from './index.ts';

let stage: PromotionStage;
let images: readonly FixtureImage[];
beforeEach(async () => {
  stage = await openPromotionStage({ channels: () => ({ dev: {}, production: { from: ['dev'] } }) });
  images = [await stage.push('one', 1), await stage.push('two', 2), await stage.push('three', 3)];
});
afterEach(() => stage.stop());

function digestOf(number: number): Digest {
  const image = images[number - 1];
  if (image === undefined) throw new Error(`there is no image ${number}`);
  return image.root.descriptor.digest;
}

async function promote(number: number, channel = 'dev') {
  const image = images[number - 1];
  if (image === undefined) throw new Error(`there is no image ${number}`);
  const outcome = await stage.promote(image, channel);
  expect(outcome.result).toBe('promoted');
}

function roll(changes: Partial<RollbackOrder> = {}, site: SiteOptions = {}) {
  const [host = '', ...repository] = stage.image.split('/');
  const image = { host, repository: repository.join('/') };
  const order = { image, channel: 'dev', current: undefined, statement: true, dryRun: false, ...changes };
  return rollbackChannel(order, stage.site(site));
}

test('a channel that is not known is told with the configuration that was read', async () => {
  const site = stage.site();
  const configShown = 'octo-org/policies@0123:waybill.yml';
  const openLedger = async (io: object) => ({ ...(await site.openLedger(io)), configShown });
  const [host = '', ...repository] = stage.image.split('/');
  const order = { image: { host, repository: repository.join('/') }, channel: 'prod', current: undefined };
  await expect(
    rollbackChannel({ ...order, statement: true, dryRun: false }, { ...site, openLedger }),
  ).rejects.toMatchObject({
    code: 'CHANNEL_UNKNOWN',
    hint: expect.stringContaining(configShown),
  });
});

describe('a rollback', () => {
  test('S1-32: goes to what the channel had before, is recorded as one, and moves the tag', async () => {
    await promote(1);
    await promote(2);
    const outcome = await roll();
    expect(outcome).toMatchObject({
      kind: 'rollback',
      result: 'promoted',
      digest: digestOf(1),
      previousDigest: digestOf(2),
      entry: { record: { sequence: 3, kind: 'rollback', digest: digestOf(1), commit: commitAt(1) } },
    });
    expect(await stage.tagged('dev')).toBe(digestOf(1));
    expect(await stage.ledger.channels.check(stage.image, 'dev')).toEqual([]);
  });

  test('twice goes back twice, and never to what was rolled back from', async () => {
    for (const number of [1, 2, 3]) await promote(number);
    await roll();
    expect(await stage.tagged('dev')).toBe(digestOf(2));
    await roll();
    expect(await stage.tagged('dev')).toBe(digestOf(1));
    await expect(roll()).rejects.toMatchObject({ code: 'ROLLBACK_NOTHING', kind: 'user' });
  });

  test('is followed by a promotion of what comes after', async () => {
    await promote(1);
    await promote(2);
    await roll();
    await promote(3);
    expect(await stage.tagged('dev')).toBe(digestOf(3));
    // 2 was rolled back from: what comes before 3 is 1.
    await roll();
    expect(await stage.tagged('dev')).toBe(digestOf(1));
  });

  test('passes the rules of today: what was rolled back upstream does not come back', async () => {
    for (const number of [1, 2, 3]) await promote(number);
    for (const number of [2, 3]) await promote(number, 'production');
    await roll();
    expect(await roll()).toMatchObject({ digest: digestOf(1) });
    const outcome = await roll({ channel: 'production' });
    expect(outcome).toMatchObject({ result: 'refused', digest: digestOf(2) });
    expect(outcome.rules.filter(({ verdict }) => verdict === 'failed')).toMatchObject([
      { rule: 'from', code: 'rolled-back' },
    ]);
    expect(await stage.tagged('production')).toBe(digestOf(3));
  });

  test('to a digest that is no longer whole is refused', async () => {
    await promote(1);
    await promote(2);
    await stage.open().blobs.delete(images[0]?.parts[1]?.descriptor.digest ?? digestOf(1));
    const outcome = await roll();
    expect(outcome).toMatchObject({ result: 'refused' });
    expect(outcome.rules[0]).toMatchObject({ rule: 'integrity', verdict: 'failed' });
    expect(await stage.tagged('dev')).toBe(digestOf(2));
  });

  test('of a channel without a record is wrong', async () => {
    await expect(roll()).rejects.toMatchObject({ code: 'ROLLBACK_NOTHING', kind: 'user' });
  });

  test('as a dry run tells where it would go', async () => {
    await promote(1);
    await promote(2);
    const outcome = await roll({ dryRun: true });
    expect(outcome).toMatchObject({
      result: 'planned',
      digest: digestOf(1),
      plan: { record: { kind: 'rollback', sequence: 3 }, tag: { from: digestOf(2), to: digestOf(1) } },
    });
    expect(await stage.tagged('dev')).toBe(digestOf(2));
  });
});

describe('a rollback from a digest that is named', () => {
  test('done again changes nothing', async () => {
    for (const number of [1, 2, 3]) await promote(number);
    const current = { digest: digestOf(3) };
    expect(await roll({ current })).toMatchObject({ result: 'promoted', digest: digestOf(2) });
    expect(await roll({ current })).toMatchObject({ kind: 'rollback', result: 'unchanged', digest: digestOf(2) });
    expect(await stage.tagged('dev')).toBe(digestOf(2));
  });

  test('is not done where the channel has something else', async () => {
    for (const number of [1, 2, 3]) await promote(number);
    await expect(roll({ current: { digest: digestOf(2) } })).rejects.toMatchObject({ code: 'ROLLBACK_OVERTAKEN' });
  });
});

test('two rollbacks at once go back once', async () => {
  for (const number of [1, 2, 3]) await promote(number);
  const results = await Promise.allSettled([roll(), roll(), roll()]);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ROLLBACK_OVERTAKEN' });
  expect(await stage.tagged('dev')).toBe(digestOf(2));
});
