import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FixtureImage } from '@waybill/testing/images';
import {
  commitAt,
  openPromotionStage,
  type PromotionStage,
  type PromotionStageOptions,
} from '@waybill/testing/promotions';
import { attach } from '../registry/index.ts';
import { promotionTag } from './index.ts';

let stage: PromotionStage;
beforeEach(async () => {
  stage = await openPromotionStage();
});
afterEach(() => stage.stop());

async function restart(options: PromotionStageOptions): Promise<void> {
  await stage.stop();
  stage = await openPromotionStage(options);
}

describe('a promotion', () => {
  test('is verified, recorded, witnessed, and its tag moved', async () => {
    const image = await stage.push('one', 1);
    const outcome = await stage.promote(image, 'dev');
    expect(outcome).toMatchObject({
      kind: 'promotion',
      result: 'promoted',
      channel: 'dev',
      digest: image.root.descriptor.digest,
      previousDigest: undefined,
      entry: {
        record: { sequence: 1, kind: 'promotion', commit: commitAt(1), actor: 'octocat', runId: '42', runAttempt: 1 },
      },
    });
    expect(outcome.rules.map(({ rule, verdict }) => `${rule} ${verdict}`)).toEqual([
      'integrity passed',
      'require passed',
      'from none',
      'soak none',
      'evidence none',
      'commit passed',
      'ancestry none',
      'chain none',
    ]);
    expect(await stage.tagged('dev')).toBe(image.root.descriptor.digest);
    const referrers = await stage.open().referrers(image.root.descriptor.digest);
    expect(referrers).toMatchObject([{ artifactType: 'application/vnd.waybill.promotion.v1+json' }]);
    expect(await stage.tagged(promotionTag(stage.image, 'dev', 1))).toBe(referrers[0]?.digest);
    expect(await stage.ledger.channels.check(stage.image, 'dev')).toEqual([]);
  });

  test('S1-30: goes from channel to channel, and no other way', async () => {
    const image = await stage.push('one', 1);
    expect(await stage.promote(image, 'production')).toMatchObject({ result: 'refused' });
    expect(await stage.tagged('production')).toBeUndefined();
    expect(await stage.promote(image, 'dev')).toMatchObject({ result: 'promoted' });
    expect(await stage.promote(image, 'staging')).toMatchObject({ result: 'promoted' });
    expect(await stage.promote(image, 'production')).toMatchObject({ result: 'promoted' });
    expect(await stage.tagged('production')).toBe(image.root.descriptor.digest);
  });

  test('of what the channel has changes nothing, in four requests', async () => {
    const image = await stage.push('one', 1);
    await stage.promote(image, 'dev');
    stage.fake.clearLog();
    expect(await stage.promote(image, 'dev')).toMatchObject({
      result: 'unchanged',
      repaired: [],
      entry: { record: { sequence: 1 } },
    });
    expect([...stage.requests()].sort()).toEqual([
      expect.stringMatching(/^GET build\/blobs\/sha256:HEX 200$/),
      expect.stringMatching(/^GET build\/manifests\/dev 200$/),
      expect.stringMatching(/^GET build\/manifests\/waybill\.dev\.[0-9a-f]{8}\.1 200$/),
      expect.stringMatching(/^GET build\/manifests\/waybill\.dev\.[0-9a-f]{8}\.2 404$/),
    ]);
  });

  test('repairs a tag that another hand moved or deleted', async () => {
    const [one, two] = [await stage.push('one', 1), await stage.push('two', 2)];
    await stage.promote(one, 'dev');
    stage.fake.contents.tag('octo-org/build', 'dev', two.root.descriptor.digest);
    expect(await stage.promote(one, 'dev')).toMatchObject({ result: 'unchanged', repaired: ['tag'] });
    expect(await stage.tagged('dev')).toBe(one.root.descriptor.digest);
    await stage.open().manifests.delete({ tag: 'dev' });
    expect(await stage.promote(one, 'dev')).toMatchObject({ result: 'unchanged', repaired: ['tag'] });
    expect(await stage.tagged('dev')).toBe(one.root.descriptor.digest);
  });

  test('never goes backwards', async () => {
    const [one, two] = [await stage.push('one', 1), await stage.push('two', 2)];
    await stage.promote(two, 'dev');
    const outcome = await stage.promote(one, 'dev', { allowDiverged: true });
    expect(outcome.result).toBe('refused');
    expect(outcome.rules.find(({ rule }) => rule === 'ancestry')).toMatchObject({
      verdict: 'failed',
      code: 'commit-behind',
    });
    expect(await stage.tagged('dev')).toBe(two.root.descriptor.digest);
  });

  test('of an image that names no commit needs allow-diverged where the channel has something', async () => {
    const [one, two] = [await stage.push('one', 1), await stage.push('two')];
    await stage.promote(one, 'dev');
    expect((await stage.promote(two, 'dev')).rules.find(({ rule }) => rule === 'ancestry')).toMatchObject({
      code: 'commit-unknown',
    });
    const outcome = await stage.promote(two, 'dev', { allowDiverged: true });
    expect(outcome).toMatchObject({ result: 'promoted', entry: { record: { sequence: 2 } } });
    expect(outcome.entry?.record).not.toHaveProperty('commit');
  });

  test('of a broken image writes nothing', async () => {
    const image = await stage.push('one', 1);
    const layer = image.parts[1];
    await stage.open().blobs.delete(layer?.descriptor.digest ?? image.root.descriptor.digest);
    stage.fake.clearLog();
    const outcome = await stage.promote(image, 'dev');
    expect(outcome).toMatchObject({ result: 'refused' });
    expect(outcome.rules[0]).toMatchObject({ rule: 'integrity', verdict: 'failed', code: 'layer-missing' });
    expect(stage.requests().filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
    expect(await stage.ledger.channels.tip(stage.image, 'dev')).toBeUndefined();
  });
});

describe('a promotion to another repository', () => {
  beforeEach(() =>
    restart({
      channels: (host) => ({ dev: {}, production: { from: ['dev'], image: `${host}/octo-org/app`, tag: 'stable' } }),
    }),
  );

  test('X-11: mounts the blobs, carries what is attached, and records where it came from', async () => {
    const image = await stage.push('one', 1);
    const { descriptor: subject } = image.root;
    const sbom = { mediaType: 'application/spdx+json', bytes: Buffer.from('{}') };
    const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };
    await attach({ registry: stage.open(), subject, artifactType: 'application/spdx+json', layers: [sbom], clock });
    await stage.promote(image, 'dev');
    const outcome = await stage.promote(image, 'production');
    expect(outcome).toMatchObject({
      result: 'promoted',
      tag: `${stage.fake.host}/octo-org/app:stable`,
      moved: { copiedBlobs: 0, copiedBytes: 0 },
      entry: {
        record: {
          from: { reference: `${stage.image}@${subject.digest}` },
          to: { reference: `${stage.fake.host}/octo-org/app:stable@${subject.digest}`, channel: 'production' },
          config: { commit: commitAt(1) },
        },
      },
    });
    expect(await stage.tagged('stable', 'octo-org/app')).toBe(subject.digest);
    const attached = await stage.open('octo-org/app').referrers(subject.digest);
    expect(new Set(attached.map(({ artifactType }) => artifactType))).toEqual(
      // That dev took it, and that production did, are two.
      new Set(['application/spdx+json', 'application/vnd.waybill.promotion.v1+json']),
    );
    expect(attached).toHaveLength(3);
  });
});

describe('a promotion to another repository, again', () => {
  beforeEach(() => restart({ channels: (host) => ({ production: { image: `${host}/octo-org/app` } }) }));
  const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };
  const type = 'application/spdx+json';

  async function attachSbom(note: string, image: FixtureImage) {
    const layers = [{ mediaType: type, bytes: Buffer.from(note) }];
    await attach({ registry: stage.open(), subject: image.root.descriptor, artifactType: type, layers, clock });
  }

  /** The ledger's own and the pages of listings are counted apart. */
  function counted() {
    return stage.requests().filter((request) => !/\/tags\/list|manifests\/waybill\.|^GET app\/blobs/.test(request));
  }

  test.each(['api', 'none'] as const)('is at most six requests where referrers are %s', async (referrers) => {
    stage.fake.setQuirks({ referrers });
    const image = await stage.push('one', 1);
    await attachSbom('one', image);
    await stage.promote(image, 'production');
    stage.fake.clearLog();
    expect(await stage.promote(image, 'production')).toMatchObject({ result: 'unchanged', repaired: [] });
    expect(counted().length).toBeLessThanOrEqual(6);
    expect(counted().filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  test('carries over what was attached since', async () => {
    const image = await stage.push('one', 1);
    await stage.promote(image, 'production');
    await attachSbom('late', image);
    expect(await stage.promote(image, 'production')).toMatchObject({ result: 'unchanged', repaired: ['attached'] });
    const attached = await stage.open('octo-org/app').referrers(image.root.descriptor.digest);
    expect(attached.map(({ artifactType }) => artifactType)).toContain(type);
  });

  test.each(['production', 'TAG'])('to %s, as a dry run, tells what is attached at the source since', async (to) => {
    const image = await stage.push('one', 1);
    const target = to.replace('TAG', `${stage.fake.host}/octo-org/app:v1`);
    await stage.promote(image, target);
    const nothing = await stage.promote(image, target, { dryRun: true });
    expect(nothing).toMatchObject({ result: 'planned', plan: { copy: undefined, tag: undefined, repairs: [] } });
    await attachSbom('late', image);
    stage.fake.clearLog();
    const planned = await stage.promote(image, target, { dryRun: true });
    expect(planned).toMatchObject({ result: 'planned', plan: { tag: undefined, repairs: ['attached'] } });
    expect(planned.plan?.copy?.referrers.filter(({ action }) => action === 'attach')).toMatchObject([
      { descriptor: { artifactType: type } },
    ]);
    expect(stage.requests().filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
    const none = await stage.promote(image, target, { dryRun: true, referrers: 'none' });
    expect(none).toMatchObject({ plan: { copy: undefined, repairs: [] } });
    expect(await stage.promote(image, target)).toMatchObject({ repaired: ['attached'] });
  });

  test.each(['production', 'TAG'])('to %s, as a dry run, needs the source no more', async (to) => {
    const image = await stage.push('one', 1);
    const target = to.replace('TAG', `${stage.fake.host}/octo-org/app:v1`);
    await stage.promote(image, target);
    await stage.open().manifests.delete({ digest: image.root.descriptor.digest });
    expect(await stage.promote(image, target, { dryRun: true })).toMatchObject({ plan: { repairs: [] } });
  });

  test('needs the source no more', async () => {
    const image = await stage.push('one', 1);
    await stage.promote(image, 'production');
    await stage.open().manifests.delete({ digest: image.root.descriptor.digest });
    expect(await stage.promote(image, 'production')).toMatchObject({ result: 'unchanged', repaired: [] });
  });
});

describe('a dry run', () => {
  test('tells what would be done, and does nothing', async () => {
    const image = await stage.push('one', 1);
    stage.fake.clearLog();
    const outcome = await stage.promote(image, 'dev', { dryRun: true });
    expect(outcome).toMatchObject({
      result: 'planned',
      plan: { copy: undefined, record: { sequence: 1, kind: 'promotion' }, tag: { from: undefined }, repairs: [] },
    });
    expect(stage.requests().filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
    expect(await stage.ledger.channels.tip(stage.image, 'dev')).toBeUndefined();
  });
});

test('what is attached goes along between repositories', async () => {
  const image = await stage.push('one', 1);
  const to = `${stage.fake.host}/octo-org/app:v1`;
  const outcome = await stage.promote(image, to);
  expect(outcome).toMatchObject({ result: 'promoted', channel: undefined, moved: { mountedBlobs: 3, copiedBlobs: 0 } });
  expect(await stage.tagged('v1', 'octo-org/app')).toBe(image.root.descriptor.digest);
  stage.fake.clearLog();
  expect(await stage.promote(image, to)).toMatchObject({ result: 'unchanged' });
});
