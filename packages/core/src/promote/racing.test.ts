import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { commitAt, openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import type { ChannelEntry } from '../ledger/index.ts';

const RACERS = 8;

let stage: PromotionStage;
afterEach(() => stage.stop());

async function log(channel: string): Promise<readonly ChannelEntry[]> {
  const entries: ChannelEntry[] = [];
  for await (const entry of stage.ledger.channels.log(stage.image, channel)) entries.unshift(entry);
  return entries;
}

/** A gapless chain that never goes backwards, and a tag at its end. */
async function expectInOrder(channel: string): Promise<readonly ChannelEntry[]> {
  const entries = await log(channel);
  expect(entries.map(({ record }) => record.sequence)).toEqual(entries.map((_, at) => at + 1));
  const commits = entries.map(({ record }) => record.commit ?? '');
  expect(commits).toEqual([...commits].sort());
  expect(await stage.tagged(channel)).toBe(entries.at(-1)?.record.digest);
  expect(await stage.ledger.channels.check(stage.image, channel)).toEqual([]);
  return entries;
}

describe.each(['api', 'none'] as const)('promotions that race, on a registry whose referrers are %s', (referrers) => {
  beforeEach(async () => {
    stage = await openPromotionStage({ registry: { quirks: { referrers } } });
  });

  test('of eight commits: the channel ends with the last, none goes backwards, and the tag follows', async () => {
    const images = await Promise.all(Array.from({ length: RACERS }, (_, at) => stage.push(`image ${at}`, at + 1)));
    const outcomes = await Promise.all(images.map((image) => stage.promote(image, 'dev')));
    const entries = await expectInOrder('dev');
    expect(entries.at(-1)?.record.commit).toBe(commitAt(RACERS));
    // Whoever came too late was told that the channel has something newer, and nothing else.
    const refused = outcomes.filter(({ result }) => result === 'refused');
    expect(outcomes.filter(({ result }) => result === 'promoted')).toHaveLength(entries.length);
    expect(refused).toHaveLength(RACERS - entries.length);
    for (const { rules } of refused)
      expect(rules.filter(({ verdict }) => verdict === 'failed')).toMatchObject([{ code: 'commit-behind' }]);
  });

  test('of one digest: it is recorded once', async () => {
    const image = await stage.push('one', 1);
    const outcomes = await Promise.all(Array.from({ length: RACERS }, () => stage.promote(image, 'dev')));
    expect(outcomes.filter(({ result }) => result === 'promoted')).toHaveLength(1);
    expect(outcomes.filter(({ result }) => result === 'unchanged')).toHaveLength(RACERS - 1);
    expect(await expectInOrder('dev')).toHaveLength(1);
  });

  test('over and over: the tag is never left behind', async () => {
    for (let round = 0; round < 5; round += 1) {
      const numbers = Array.from({ length: RACERS }, (_, at) => round * RACERS + at + 1);
      const images = await Promise.all(numbers.map((number) => stage.push(`image ${number}`, number)));
      // Which one is first is for chance to say.
      const shuffled = images
        .map((image, at) => ({ image, at: (at * 5 + round * 3) % RACERS }))
        .sort((a, b) => a.at - b.at);
      await Promise.all(shuffled.map(({ image }) => stage.promote(image, 'dev')));
      await expectInOrder('dev');
    }
  });
});
