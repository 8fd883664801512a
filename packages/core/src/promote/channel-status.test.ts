import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FixtureImage } from '@waybill/testing/images';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { type ChannelDraft, channelRef } from '../ledger/index.ts';
import { attach } from '../registry/index.ts';
import { channelStatus, compareStatements, findChannel, promotionTag, repairChannel } from './index.ts';
import { rollback } from './rollback.ts';

let stage: PromotionStage;
let first: FixtureImage;
let second: FixtureImage;
beforeEach(async () => {
  stage = await openPromotionStage({
    channels: (host) => ({ dev: {}, production: { image: `${host}/octo-org/app` } }),
  });
  first = await stage.push('one', 1);
  second = await stage.push('two', 2);
});
afterEach(() => stage.stop());

async function site() {
  const opened = stage.site();
  return { ...opened, ...(await opened.openLedger({})) };
}

async function status(name = 'dev') {
  const opened = await site();
  return channelStatus({ image: stage.image, channel: findChannel(opened, stage.image, name) }, opened);
}

async function codes(name = 'dev') {
  return (await status(name)).findings.map(({ code }) => code);
}

async function repair(name = 'dev', dryRun = false, referrers?: 'all' | 'none') {
  const opened = await site();
  const channel = findChannel(opened, stage.image, name);
  return repairChannel({ image: stage.image, channel, referrers, statement: true, dryRun }, opened);
}

/** Moves the ledger's ref back by force, as `git push --force` does. */
function cutTail(to: string | undefined): void {
  const ref = channelRef(stage.image, 'dev');
  if (to === undefined) stage.refs.refs.delete(ref);
  else stage.refs.refs.set(ref, to);
}

test('a channel of which nothing is known has nothing wrong', async () => {
  expect(await status()).toMatchObject({ entry: undefined, tagged: undefined, findings: [] });
  expect(await repair()).toBeUndefined();
});

test('S1-31: after a promotion ledger, tag and statement agree', async () => {
  await stage.promote(first, 'dev');
  const { digest } = first.root.descriptor;
  expect(await status()).toMatchObject({ entry: { record: { sequence: 1 } }, tagged: digest, findings: [] });
  expect(await repair()).toMatchObject({ result: 'unchanged', repaired: [] });
});

describe('another hand in the registry', () => {
  beforeEach(async () => {
    await stage.promote(first, 'dev');
    await stage.promote(second, 'dev');
  });

  test('that moved the tag', async () => {
    const stranger = await stage.push('stranger');
    stage.fake.contents.tag('octo-org/build', 'dev', stranger.root.descriptor.digest);
    expect((await status()).findings).toMatchObject([
      {
        code: 'tag-moved',
        level: 'error',
        subject: `${stage.image}:dev`,
        expected: second.root.descriptor.digest,
        found: stranger.root.descriptor.digest,
      },
    ]);
    expect(await repair()).toMatchObject({ result: 'unchanged', repaired: ['tag'] });
    expect(await codes()).toEqual([]);
  });

  test('or a promotion that did not end: the tag is where it was before', async () => {
    stage.fake.contents.tag('octo-org/build', 'dev', first.root.descriptor.digest);
    expect(await codes()).toEqual(['tag-behind']);
  });

  test('that deleted the tag', async () => {
    await stage.open().manifests.delete({ tag: 'dev' });
    expect(await codes()).toEqual(['tag-missing']);
    expect(await repair('dev', true)).toMatchObject({ result: 'planned', plan: { repairs: ['tag'] } });
    expect(await codes()).toEqual(['tag-missing']);
    await repair();
    expect(await codes()).toEqual([]);
  });

  test('that deleted the statement, or put something else in its place', async () => {
    await stage.open().manifests.delete({ tag: promotionTag(stage.image, 'dev', 2) });
    expect(await codes()).toEqual(['statement-missing']);
    stage.fake.contents.tag('octo-org/build', promotionTag(stage.image, 'dev', 2), first.root.descriptor.digest);
    expect(await codes()).toEqual(['statement-unreadable']);
    expect(await repair()).toMatchObject({ repaired: ['statement'] });
    expect(await codes()).toEqual([]);
  });

  test('that deleted the image: it is lost, and is not replaced', async () => {
    await stage.open().manifests.delete({ digest: second.root.descriptor.digest });
    expect(await codes()).toEqual(expect.arrayContaining(['tag-missing', 'lost']));
    await expect(repair()).rejects.toMatchObject({ code: 'DIGEST_LOST' });
  });

  test('that swapped a layer or deleted one', async () => {
    await stage.open().blobs.delete(second.parts[1]?.descriptor.digest ?? second.root.descriptor.digest);
    expect(await codes()).toEqual(['layer-missing']);
    await expect(repair()).rejects.toMatchObject({ code: 'TARGET_NOT_WHOLE' });
  });
});

test('what the target lost is copied again from where it came', async () => {
  await stage.promote(first, 'production');
  const target = stage.open('octo-org/app');
  const layer = first.parts[1]?.descriptor.digest ?? first.root.descriptor.digest;
  await target.blobs.delete(layer);
  expect(await codes('production')).toEqual(['layer-missing']);
  expect(await repair('production')).toMatchObject({ result: 'unchanged', repaired: ['copy'] });
  expect(await codes('production')).toEqual([]);
  await target.manifests.delete({ digest: first.root.descriptor.digest });
  expect(await codes('production')).toEqual(expect.arrayContaining(['tag-missing', 'lost']));
  expect(await repair('production')).toMatchObject({ repaired: ['copy', 'tag'] });
  expect(await codes('production')).toEqual([]);
});

describe('what a promotion was told to leave behind', () => {
  const type = 'application/spdx+json';
  const target = () => stage.open('octo-org/app');
  const attached = async () =>
    (await target().referrers(first.root.descriptor.digest)).map(({ artifactType }) => artifactType);
  beforeEach(async () => {
    const layers = [{ mediaType: type, bytes: Buffer.from('internal') }];
    const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };
    await attach({ registry: stage.open(), subject: first.root.descriptor, artifactType: type, layers, clock });
    await stage.promote(first, 'production', { referrers: 'none' });
  });

  test('stays behind when the channel is repaired, also where the tag is wrong', async () => {
    expect(await repair('production', true)).toMatchObject({ plan: { copy: undefined, repairs: [] } });
    expect(await repair('production')).toMatchObject({ result: 'unchanged', repaired: [] });
    await target().manifests.delete({ tag: 'production' });
    expect(await repair('production')).toMatchObject({ repaired: ['tag'] });
    expect(await attached()).not.toContain(type);
  });

  test('goes along where it is asked for', async () => {
    expect(await repair('production', false, 'all')).toMatchObject({ repaired: ['attached'] });
    expect(await attached()).toContain(type);
  });

  test('goes along with a copy that is made anew, unless that is not wanted', async () => {
    const layer = first.parts[1]?.descriptor.digest ?? first.root.descriptor.digest;
    await target().blobs.delete(layer);
    expect(await repair('production', false, 'none')).toMatchObject({ repaired: ['copy'] });
    expect(await attached()).not.toContain(type);
    await target().blobs.delete(layer);
    expect(await repair('production')).toMatchObject({ repaired: ['copy'] });
    expect(await attached()).toContain(type);
  });
});

describe('a ledger whose tail was cut off', () => {
  let before: string | undefined;
  beforeEach(async () => {
    await stage.promote(first, 'dev');
    before = (await stage.ledger.channels.tip(stage.image, 'dev'))?.commit;
    await stage.promote(second, 'dev');
  });

  test('is found by the statement of the record that it lacks', async () => {
    cutTail(before);
    const { findings } = await status();
    expect(findings).toMatchObject([
      { code: 'tail-cut', level: 'error', subject: 'record 2' },
      { code: 'tag-moved', found: second.root.descriptor.digest },
    ]);
  });

  test('also where the tag was moved back with it', async () => {
    cutTail(before);
    stage.fake.contents.tag('octo-org/build', 'dev', first.root.descriptor.digest);
    expect(await codes()).toEqual(['tail-cut']);
  });

  test('also where all of it is gone', async () => {
    cutTail(undefined);
    expect(await codes()).toContain('tail-cut');
    cutTail(before);
    cutTail(undefined);
    const third = await stage.push('three', 3);
    expect(await stage.promote(third, 'dev')).toMatchObject({ result: 'refused' });
  });

  test('takes nothing any more, is not repaired, and rolls nothing back', async () => {
    cutTail(before);
    const third = await stage.push('three', 3);
    for (const image of [first, second, third]) {
      const outcome = await stage.promote(image, 'dev');
      expect(outcome.result).toBe('refused');
      expect(outcome.rules.filter(({ verdict }) => verdict === 'failed')).toMatchObject([
        { rule: 'chain', code: 'tail-cut' },
      ]);
    }
    expect(await repair()).toMatchObject({ result: 'refused', rules: [{ code: 'tail-cut' }] });
    const opened = await site();
    const order = { image: stage.image, channel: findChannel(opened, stage.image, 'dev'), current: undefined };
    const rolled = await rollback({ ...order, config: undefined, statement: true, dryRun: false }, opened);
    expect(rolled).toMatchObject({ result: 'refused', rules: [{ code: 'tail-cut' }] });
    expect(await stage.tagged('dev')).toBe(second.root.descriptor.digest);
  });

  test('goes on once the commit is pushed again', async () => {
    const cut = (await stage.ledger.channels.tip(stage.image, 'dev'))?.commit;
    cutTail(before);
    expect((await status()).findings[0]?.hint).toContain(cut);
    cutTail(cut);
    expect(await codes()).toEqual([]);
  });
});

describe('a statement past a record that has none', () => {
  const next = async (note: string, commit: number, statement: boolean) => {
    const image = await stage.push(note, commit);
    await stage.promote(image, 'dev', { statement });
  };
  const statementTags = () =>
    stage.fake.contents.tags('octo-org/build').filter((tag) => tag.startsWith('waybill.dev.'));

  test('is never made: the promotion that comes next attaches what is missing', async () => {
    await stage.promote(first, 'dev');
    await next('no statement', 2, false);
    expect(statementTags()).toEqual([promotionTag(stage.image, 'dev', 1)]);
    await next('with one', 3, true);
    expect([...statementTags()].sort()).toEqual([1, 2, 3].map((n) => promotionTag(stage.image, 'dev', n)));
  });

  test('nor by a rollback', async () => {
    await stage.promote(first, 'dev');
    await next('no statement', 2, false);
    const opened = await site();
    const order = { image: stage.image, channel: findChannel(opened, stage.image, 'dev'), current: undefined };
    await rollback({ ...order, config: undefined, statement: true, dryRun: false }, opened);
    expect([...statementTags()].sort()).toEqual([1, 2, 3].map((n) => promotionTag(stage.image, 'dev', n)));
  });

  test('is attached by none who attaches none', async () => {
    await next('no statement', 2, false);
    await next('none either', 3, false);
    expect(statementTags()).toEqual([]);
  });

  test('is no obstacle where the image of the record before is lost', async () => {
    await stage.promote(first, 'dev', { statement: false });
    await stage.open().manifests.delete({ digest: first.root.descriptor.digest });
    await next('after it', 3, true);
    expect(statementTags()).toEqual([promotionTag(stage.image, 'dev', 2)]);
    expect(stage.lines.join('\n')).toContain('warning: record 1 of dev stays without a statement');
  });

  test('shows that the tail was cut, also where the record between has none', async () => {
    await stage.promote(first, 'dev');
    const before = (await stage.ledger.channels.tip(stage.image, 'dev'))?.commit;
    await next('two', 2, true);
    await next('three', 3, true);
    await stage.open().manifests.delete({ tag: promotionTag(stage.image, 'dev', 2) });
    cutTail(before);
    stage.fake.contents.tag('octo-org/build', 'dev', first.root.descriptor.digest);
    expect((await status()).findings).toMatchObject([{ code: 'tail-cut', subject: 'record 3' }]);
    const opened = await site();
    const channel = findChannel(opened, stage.image, 'dev');
    const compared = await compareStatements({ image: stage.image, channel }, opened);
    expect(compared).toMatchObject({
      findings: [{ code: 'tail-cut', subject: 'record 3' }],
      confirmed: [{ sequence: 1 }],
    });
    expect(await repair()).toMatchObject({ result: 'refused', rules: [{ code: 'tail-cut' }] });
  });
});

test('a record that was written anew is found by the statement of the one that was there', async () => {
  await stage.promote(first, 'dev');
  cutTail(undefined);
  // A chain that is right in itself.
  const draft: ChannelDraft = {
    kind: 'promotion',
    digest: first.root.descriptor.digest,
    mediaType: first.root.descriptor.mediaType,
    to: { reference: `${stage.image}:dev` },
    tag: 'dev',
    actor: 'mallory',
    promotedAt: '2026-01-01T00:00:00.000Z',
  };
  await stage.ledger.channels.append(stage.image, 'dev', draft, { expected: undefined });
  expect(await codes()).toEqual(['chain-rewritten']);
  expect((await stage.promote(second, 'dev')).rules.at(-1)).toMatchObject({
    code: 'chain-rewritten',
    verdict: 'failed',
  });
});

test('a tag of which the ledger knows nothing', async () => {
  stage.fake.contents.tag('octo-org/build', 'dev', first.root.descriptor.digest);
  expect((await status()).findings).toMatchObject([{ code: 'not-recorded', level: 'warning' }]);
});
