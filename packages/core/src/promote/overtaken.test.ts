import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FixtureImage } from '@waybill/testing/images';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import type { Manifests, Registry } from '../registry/index.ts';

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

/** A run in whose way, once, right before this request, something else happens. */
function interruptedBy(
  isHere: (kind: 'get' | 'put', ref: string) => boolean,
  happens: () => Promise<unknown>,
): (registry: Registry) => Registry {
  let pending: (() => Promise<unknown>) | undefined = happens;
  const meanwhile = async (kind: 'get' | 'put', ref: string) => {
    if (pending === undefined || !isHere(kind, ref)) return;
    const now = pending;
    pending = undefined;
    await now();
  };
  return (registry) => {
    const { manifests } = registry;
    const get: Manifests['get'] = async (ref, io) => {
      await meanwhile('get', 'tag' in ref ? ref.tag : ref.digest);
      return manifests.get(ref, io);
    };
    const put: Manifests['put'] = async (descriptor, raw, options) => {
      await meanwhile('put', options?.tag ?? descriptor.digest);
      return manifests.put(descriptor, raw, options);
    };
    return { ...registry, manifests: { ...manifests, get, put } };
  };
}

describe('a promotion that another one overtakes', () => {
  test('right before it moves the tag leaves the tag where the ledger is', async () => {
    const wrap = interruptedBy(
      (kind, ref) => kind === 'put' && ref === 'dev',
      () => stage.promote(second, 'dev'),
    );
    expect(await stage.promote(first, 'dev', {}, stage.site({ wrap }))).toMatchObject({ result: 'promoted' });
    expect(await stage.tagged('dev')).toBe(second.root.descriptor.digest);
  });

  test('between its look at the ledger and at the registry judges again, and accuses nobody', async () => {
    const wrap = interruptedBy(
      (kind, ref) => kind === 'get' && ref.startsWith('waybill.dev.'),
      () => stage.promote(first, 'dev'),
    );
    expect(await stage.promote(second, 'dev', {}, stage.site({ wrap }))).toMatchObject({
      result: 'promoted',
      previousDigest: first.root.descriptor.digest,
    });
  });

  test('with something newer, right before its record, is refused and leaves no trace', async () => {
    const wrap = interruptedBy(
      // The last look at the source before the copy.
      (kind, ref) => kind === 'put' && ref === first.root.descriptor.digest,
      () => stage.promote(second, 'production'),
    );
    const outcome = await stage.promote(first, 'production', {}, stage.site({ wrap }));
    expect(outcome).toMatchObject({ result: 'refused', previousDigest: second.root.descriptor.digest });
    expect(await stage.tagged('production', 'octo-org/app')).toBe(second.root.descriptor.digest);
    expect((await stage.ledger.channels.tip(stage.image, 'production'))?.record.sequence).toBe(1);
  });
});

describe('an image that is not whole', () => {
  const layerOf = (image: FixtureImage) => image.parts[1]?.descriptor.digest ?? image.root.descriptor.digest;

  test('at the source is found by the copy, and told whole', async () => {
    await stage.open().blobs.delete(layerOf(first));
    await stage.open().blobs.delete(first.parts[2]?.descriptor.digest ?? first.root.descriptor.digest);
    const outcome = await stage.promote(first, 'production');
    expect(outcome.result).toBe('refused');
    const [integrity] = outcome.rules;
    expect(integrity?.findings?.map(({ code }) => code)).toEqual(['layer-missing', 'layer-missing']);
    expect(await stage.ledger.channels.tip(stage.image, 'production')).toBeUndefined();
  });

  test('at the target, where a clean-up took a part of it, is made whole', async () => {
    await stage.promote(first, `${stage.fake.host}/octo-org/app:old`);
    await stage.open('octo-org/app').blobs.delete(layerOf(first));
    expect(await stage.promote(first, 'production')).toMatchObject({ result: 'promoted' });
    expect(await stage.open('octo-org/app').blobs.head(layerOf(first))).toBeGreaterThan(0);
  });

  test('at the target, and stays so whatever is answered, is not recorded and not tagged', async () => {
    await stage.promote(first, `${stage.fake.host}/octo-org/app:old`);
    await stage.open('octo-org/app').blobs.delete(layerOf(first));
    // A registry that takes everything and keeps nothing of it.
    stage.fake.setQuirks({ references: 'missing-allowed' });
    const lossy = (registry: Registry): Registry =>
      registry.repository === 'octo-org/app'
        ? {
            ...registry,
            blobs: {
              ...registry.blobs,
              mount: async () => ({ mounted: false, session: undefined }),
              push: async () => undefined,
            },
          }
        : registry;
    await expect(stage.promote(first, 'production', {}, stage.site({ wrap: lossy }))).rejects.toMatchObject({
      code: 'TARGET_NOT_WHOLE',
      kind: 'integrity',
    });
    expect(await stage.ledger.channels.tip(stage.image, 'production')).toBeUndefined();
    expect(await stage.tagged('production', 'octo-org/app')).toBeUndefined();
  });
});
