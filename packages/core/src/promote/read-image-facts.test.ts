import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { artifact, attestationEntry, type FixtureImage, image, indexOf, pushImage } from '@waybill/testing/images';
import { commitAt, openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { encodeStatement, STATEMENT_MEDIA_TYPE, STATEMENT_TYPE } from '../intoto/index.ts';
import { describe as descriptorOf, encodeManifest, hexOf, MediaType } from '../oci/index.ts';
import { attach } from '../registry/index.ts';
import { readRevision } from './read-revision.ts';
import { findEvidence } from './rules/evidence.ts';

const REVISION = 'org.opencontainers.image.revision';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const CLOCK = { now: () => 0, random: () => 0, sleep: async () => undefined };

let stage: PromotionStage;
beforeEach(async () => {
  stage = await openPromotionStage();
});
afterEach(() => stage.stop());

/** An image whose config has these labels; `config` in place of the config's bytes. */
function labelled(labels: unknown, config?: string): FixtureImage {
  const bytes = Buffer.from(
    config ?? JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: labels } }),
  );
  const descriptor = descriptorOf(CONFIG_TYPE, bytes);
  const { raw, descriptor: root } = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    config: descriptor,
    layers: [],
  });
  return {
    root: { descriptor: root, bytes: raw },
    parts: [
      { descriptor, bytes },
      { descriptor: root, bytes: raw },
    ],
  };
}

async function revisionOf(of: FixtureImage): Promise<string | undefined> {
  await pushImage(stage.open(), of);
  return readRevision(stage.open(), of.root.descriptor.digest);
}

describe('the commit that an image says of itself', () => {
  test('is an annotation of the manifest, or a label of its config', async () => {
    expect(await revisionOf(image({ note: 'a', annotations: { [REVISION]: commitAt(1) } }))).toBe(commitAt(1));
    expect(await revisionOf(labelled({ [REVISION]: commitAt(2) }))).toBe(commitAt(2));
  });

  test('of an index is its own annotation, that of its first image, or what that image says', async () => {
    const child = image({ note: 'child' });
    const platform = { os: 'linux', architecture: 'amd64' };
    expect(await revisionOf(indexOf([{ of: child, platform }], { annotations: { [REVISION]: commitAt(3) } }))).toBe(
      commitAt(3),
    );
    expect(await revisionOf(indexOf([{ of: child, platform, annotations: { [REVISION]: commitAt(4) } }]))).toBe(
      commitAt(4),
    );
    const inner = labelled({ [REVISION]: commitAt(5) });
    // BuildKit's attestations come before no image, but whoever sorts may put them first.
    expect(await revisionOf(indexOf([attestationEntry(inner), { of: inner, platform }]))).toBe(commitAt(5));
  });

  test.each([
    ['none', labelled(undefined)],
    ['a short one', labelled({ [REVISION]: 'abc1234' })],
    ['no text', labelled({ [REVISION]: 7 })],
    ['labels that are a list', labelled([REVISION])],
    ['a config that is no JSON', labelled({}, 'not json')],
    ['an artifact', artifact({ type: 'application/vnd.test', note: 'x' })],
  ])('is unknown for %s', async (_, of) => {
    expect(await revisionOf(of)).toBeUndefined();
  });

  test('is unknown where config or image are gone', async () => {
    const gone = labelled({ [REVISION]: commitAt(1) });
    await pushImage(stage.open(), gone);
    await stage.open().blobs.delete(gone.parts[0]?.descriptor.digest ?? gone.root.descriptor.digest);
    expect(await readRevision(stage.open(), gone.root.descriptor.digest)).toBeUndefined();
    expect(await readRevision(stage.open(), image({ note: 'nowhere' }).root.descriptor.digest)).toBeUndefined();
  });
});

describe('evidence', () => {
  const SPDX = 'application/spdx+json';
  const SLSA = 'https://slsa.dev/provenance/v1';
  let of: FixtureImage;
  beforeEach(async () => {
    of = await stage.push('one', 1);
  });

  function attachIt(
    artifactType: string,
    layer: Uint8Array,
    annotations: Record<string, string> = {},
    mediaType = artifactType,
  ) {
    const layers = [{ mediaType, bytes: layer }];
    return attach({
      registry: stage.open(),
      subject: of.root.descriptor,
      artifactType,
      layers,
      annotations,
      clock: CLOCK,
    });
  }

  function statement(predicateType: string, hex = hexOf(of.root.descriptor.digest)) {
    const subject = [{ digest: { sha256: hex } }];
    return encodeStatement({ _type: STATEMENT_TYPE, subject, predicateType, predicate: {} });
  }

  const find = (...types: string[]) => findEvidence(stage.open(), of.root.descriptor.digest, types);

  test('is what is attached by its artifact type', async () => {
    const { digest } = await attachIt(SPDX, Buffer.from('{}'));
    expect(await find(SPDX, SLSA)).toEqual([{ type: SPDX, digest }]);
  });

  test('is a bundle that names its predicate', async () => {
    const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const { digest } = await attachIt(bundle, Buffer.from('{}'), { 'dev.sigstore.bundle.predicateType': SLSA });
    expect(await find(SLSA)).toEqual([{ type: SLSA, digest }]);
  });

  test('is a statement about this very digest', async () => {
    const { digest } = await attachIt(STATEMENT_MEDIA_TYPE, statement(SLSA));
    await attachIt(STATEMENT_MEDIA_TYPE, statement(SPDX, 'f'.repeat(64)));
    await attachIt(STATEMENT_MEDIA_TYPE, Buffer.from('no statement'));
    expect(await find(SPDX, SLSA)).toEqual([{ type: SLSA, digest }]);
  });

  test('is never what BuildKit puts into the index, which nobody signed and which is attached to nothing', async () => {
    const child = image({ note: 'child' });
    const index = indexOf([{ of: child, platform: { os: 'linux', architecture: 'amd64' } }, attestationEntry(child)]);
    await pushImage(stage.open(), index);
    const types = ['https://slsa.dev/provenance/v0.2'];
    expect(await findEvidence(stage.open(), index.root.descriptor.digest, types)).toEqual([]);
  });

  test('is not looked for where nothing is asked', async () => {
    stage.fake.clearLog();
    expect(await find()).toEqual([]);
    expect(stage.requests()).toEqual([]);
  });
});
