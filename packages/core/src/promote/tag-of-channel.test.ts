import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FixtureImage, pushImage } from '@waybill/testing/images';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { WaybillError } from '../errors/index.ts';
import { type PromotionSite, parseTarget } from './index.ts';

let stage: PromotionStage;
let image: FixtureImage;
beforeEach(async () => {
  stage = await openPromotionStage({
    channels: (host) => ({ dev: {}, production: { image: `${host}/octo-org/app`, tag: 'stable' } }),
  });
  image = await stage.push('one', 1);
});
afterEach(() => stage.stop());

const place = (repository: string) => ({ host: stage.fake.host, repository });
const tagOf = (repository: string, tag: string) => `${stage.fake.host}/${repository}:${tag}`;

/** From a repository that is neither the channel's image nor where it publishes. */
async function fromThird(to: string) {
  await pushImage(stage.open('octo-org/third'), image);
  const { digest } = image.root.descriptor;
  const source = { kind: 'digest' as const, place: place('octo-org/third'), digest, commit: undefined };
  return stage.promote(image, to, { to: [parseTarget(to)], source });
}

describe('the tag of a channel is not moved as a plain tag', () => {
  test('from whichever repository the image comes', async () => {
    await expect(fromThird(tagOf('octo-org/app', 'stable'))).rejects.toMatchObject({
      code: 'TAG_OF_CHANNEL',
      message: expect.stringContaining(`the channel production of ${stage.image}`),
    });
    expect(await stage.tagged('stable', 'octo-org/app')).toBeUndefined();
  });

  test.each([
    ['CONFIG_INVALID', 'user'],
    ['CONFIG_AMBIGUOUS', 'user'],
    ['GIT_FAILED', 'remote'],
    ['GIT_DENIED', 'user'],
    ['GIT_REPOSITORY_UNKNOWN', 'user'],
  ] as const)('nor where whose it is cannot be asked: %s', async (code, kind) => {
    const error = new WaybillError(code, 'no', { kind });
    const site: PromotionSite = { ...stage.site(), openLedger: async () => Promise.reject(error) };
    await expect(stage.promote(image, tagOf('octo-org/app', 'stable'), {}, site)).rejects.toBe(error);
    expect(await stage.tagged('stable', 'octo-org/app')).toBeUndefined();
  });
});

test('nor does a file that names the image for something else take the built-in channels away', async () => {
  const opened = stage.site();
  const site: PromotionSite = {
    ...opened,
    openLedger: async (io) => {
      const known = await opened.openLedger(io);
      if (known.config === undefined) throw new Error('no configuration');
      const images = [{ pattern: '**', channels: undefined, adopt: 'same-ref' as const }];
      return { ...known, config: { ...known.config, config: { ...known.config.config, images } } };
    },
  };
  const tag = `${stage.image}:dev`;
  expect(await stage.promote(image, tag, {}, site)).toMatchObject({ result: 'promoted' });
  await stage.promote(image, 'dev', {}, site);
  await expect(stage.promote(image, tag, {}, site)).rejects.toMatchObject({ code: 'TAG_OF_CHANNEL' });
});

describe('a tag is free', () => {
  test('where a built-in channel would have it, and the file says nothing of the image', async () => {
    expect(await fromThird(tagOf('octo-org/mirror', 'production'))).toMatchObject({ result: 'promoted' });
    expect(await stage.tagged('production', 'octo-org/mirror')).toBe(image.root.descriptor.digest);
  });

  test('in the repository of a channel, where no channel has it', async () => {
    expect(await fromThird(tagOf('octo-org/app', 'dev'))).toMatchObject({ result: 'promoted' });
  });
});

test('a built-in channel that the ledger has owns its tag, also where a file names other images', async () => {
  const source = { kind: 'digest' as const, place: place('octo-org/third'), digest: image.root.descriptor.digest };
  await pushImage(stage.open('octo-org/third'), image);
  await stage.promote(image, 'dev', { source: { ...source, commit: undefined } });
  await expect(fromThird(tagOf('octo-org/third', 'dev'))).rejects.toMatchObject({ code: 'TAG_OF_CHANNEL' });
});
