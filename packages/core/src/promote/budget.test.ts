import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { buildKitIndex, type FixtureImage, pushImage } from '@waybill/testing/images';
import { openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { attach } from '../registry/index.ts';

const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const SBOM = 'application/vnd.cyclonedx+json';
const CLOCK = { now: () => 0, random: () => 0, sleep: async () => undefined };

let stage: PromotionStage;
let image: FixtureImage;
beforeEach(async () => {
  // As GHCR and docker-registry do it: no referrers API.
  stage = await openPromotionStage({
    registry: { quirks: { referrers: 'none' } },
    channels: (host) => ({ production: { image: `${host}/octo-org/app` } }),
  });
  image = buildKitIndex({ note: 'app', platforms: PLATFORMS, layers: 5 });
  await pushImage(stage.open(), image);
  const layers = [{ mediaType: SBOM, bytes: Buffer.from('{}') }];
  await attach({ registry: stage.open(), subject: image.root.descriptor, artifactType: SBOM, layers, clock: CLOCK });
  stage.fake.clearLog();
});
afterEach(() => stage.stop());

/** What the budget counts: not the pages of listings, nor the looks for statements of other records. */
function counted(): number {
  return stage.requests().filter((request) => !/\/tags\/list|manifests\/waybill\./.test(request)).length;
}

test('to a new repository is at most 40 requests, and not a byte of a layer', async () => {
  // The attaching of the record is counted apart.
  const outcome = await stage.promote(image, 'production', { statement: false });
  expect(outcome).toMatchObject({ result: 'promoted', moved: { mountedBlobs: 17, copiedBlobs: 0, copiedBytes: 0 } });
  expect(counted()).toBeLessThanOrEqual(40);
});

test('with its statement is at most ten more', async () => {
  await stage.promote(image, 'production');
  expect(counted()).toBeLessThanOrEqual(50);
});

test('once more is at most six', async () => {
  await stage.promote(image, 'production', { statement: false });
  stage.fake.clearLog();
  expect(await stage.promote(image, 'production', { statement: false })).toMatchObject({
    result: 'unchanged',
    repaired: [],
  });
  expect(counted()).toBeLessThanOrEqual(6);
});
