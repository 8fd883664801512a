import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { artifact, cosignImage, type FixtureImage, image, indexOf, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { createHttp, type Http } from '../../http/index.ts';
import { parseManifest } from '../../oci/index.ts';
import { copyImage, createRegistry, planCopy, type Registry, referrersTag } from '../index.ts';

const FROM = 'octo-org/build';
const TO = 'octo-org/app';
const IMAGE = image({ note: 'signed' });
const { digest } = IMAGE.root.descriptor;
const SIG = `${referrersTag(digest)}.sig`;
const ATT = `${referrersTag(digest)}.att`;
const SBOM = `${referrersTag(digest)}.sbom`;
const ONE = { text: 'payload', signature: 'one' };
const TWO = { text: 'payload', signature: 'two' };
const THREE = { text: 'another payload', signature: 'three' };

let http: Http;
let fake: FakeRegistry;
const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };

beforeEach(async () => {
  http = createHttp();
  fake = await startFakeRegistry({ quirks: { referrers: 'none' } });
  await pushImage(open(FROM), IMAGE);
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

function open(repository: string): Registry {
  return createRegistry({ host: fake.host, repository, http, access: 'push', clock });
}

function options(to = open(TO)) {
  return { from: open(FROM), to, root: digest, referrers: 'all', clock } as const;
}

function at(repository: string, tag: string) {
  return parseManifest(fake.contents.manifest(repository, tag) ?? new Uint8Array()).value;
}

function signatures(repository: string, tag: string) {
  return at(repository, tag).layers.map(({ annotations }) => annotations?.['dev.cosignproject.cosign/signature']);
}

function digestAt(tag: string, of: FixtureImage): boolean {
  return Buffer.from(fake.contents.manifest(TO, tag) ?? []).equals(of.root.bytes);
}

test('signature, attestation and SBOM come along under their tags, digests kept', async () => {
  const [sig, att] = [cosignImage([ONE]), cosignImage([TWO])];
  const sbom = artifact({ type: 'text/spdx', note: 'SPDX' });
  await pushImage(open(FROM), sig, SIG);
  await pushImage(open(FROM), att, ATT);
  await pushImage(open(FROM), sbom, SBOM);
  const plan = await planCopy(options());
  expect(plan.legacyTags.map(({ tag, action }) => `${tag} ${action}`).sort()).toEqual([
    `${ATT} put`,
    `${SBOM} put`,
    `${SIG} put`,
  ]);
  expect(await copyImage(options())).toMatchObject({ legacyTags: [ATT, SBOM, SIG], notes: [] });
  expect([digestAt(SIG, sig), digestAt(ATT, att), digestAt(SBOM, sbom)]).toEqual([true, true, true]);
  fake.clearLog();
  expect(await copyImage(options())).toMatchObject({ legacyTags: [ATT, SBOM, SIG] });
  expect(fake.log.every(({ method }) => method === 'GET')).toBe(true);
  expect((await planCopy(options())).legacyTags.map(({ action }) => action)).toEqual(['exists', 'exists', 'exists']);
});

test('one manifest under the tags of two subjects stands under both', async () => {
  const other = image({ note: 'other' });
  const index = indexOf([{ of: IMAGE }, { of: other }]);
  await pushImage(open(FROM), index);
  const sbom = artifact({ type: 'text/spdx', note: 'the same for both' });
  const tags = [SBOM, `${referrersTag(other.root.descriptor.digest)}.sbom`];
  for (const tag of tags) await pushImage(open(FROM), sbom, tag);
  await copyImage({ ...options(), root: index.root.descriptor });
  for (const tag of tags) expect(digestAt(tag, sbom)).toBe(true);
});

test('signatures that the target has are kept, those that it lacks are added, and the config tells of all', async () => {
  await pushImage(open(FROM), cosignImage([ONE, THREE]), SIG);
  await pushImage(open(TO), cosignImage([TWO, ONE]), SIG);
  expect((await planCopy(options())).legacyTags).toEqual([{ tag: SIG, action: 'merge' }]);
  await copyImage(options());
  expect(signatures(TO, SIG)).toEqual(['two', 'one', 'three']);
  const { config, layers } = at(TO, SIG);
  expect(JSON.parse(Buffer.from(fake.contents.blob(TO, config.digest) ?? []).toString())).toMatchObject({
    history: [{}, {}, {}],
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  });
  expect(await copyImage(options())).toMatchObject({ legacyTags: [SIG] });
  expect(signatures(TO, SIG)).toEqual(['two', 'one', 'three']);
});

test('where the target has more signatures already, nothing is written', async () => {
  await pushImage(open(FROM), cosignImage([ONE]), SIG);
  const more = cosignImage([TWO, ONE]);
  await pushImage(open(TO), more, SIG);
  expect((await planCopy(options())).legacyTags).toEqual([{ tag: SIG, action: 'exists' }]);
  await copyImage(options());
  expect(digestAt(SIG, more)).toBe(true);
});

test('an SBOM that the target has stays, and that is said', async () => {
  await pushImage(open(FROM), artifact({ type: 'text/spdx', note: 'source' }), SBOM);
  const kept = artifact({ type: 'text/spdx', note: 'target' });
  await pushImage(open(TO), kept, SBOM);
  expect((await planCopy(options())).legacyTags).toEqual([{ tag: SBOM, action: 'keep' }]);
  const { notes, legacyTags } = await copyImage(options());
  expect(legacyTags).toEqual([SBOM]);
  expect(notes).toEqual([
    { code: 'legacy-tag-kept', subject: SBOM, message: expect.stringContaining("the target's was kept") },
  ]);
  expect(digestAt(SBOM, kept)).toBe(true);
});

test('a signature that somebody else writes at the same time is not lost', async () => {
  await pushImage(open(FROM), cosignImage([ONE]), SIG);
  const to = open(TO);
  let puts = 0;
  const raced: Registry = {
    ...to,
    manifests: {
      ...to.manifests,
      put: async (descriptor, raw, about) => {
        const answer = await to.manifests.put(descriptor, raw, about);
        if (about?.tag === SIG && (puts += 1) === 1) await pushImage(to, cosignImage([TWO]), SIG);
        return answer;
      },
    },
  };
  await copyImage(options(raced));
  expect(signatures(TO, SIG)).toEqual(['two', 'one']);
});

test('a tag that others overwrite for ever is given up', async () => {
  await pushImage(open(FROM), cosignImage([ONE]), SIG);
  const to = open(TO);
  const raced: Registry = {
    ...to,
    manifests: {
      ...to.manifests,
      put: async (descriptor, raw, about) => {
        const answer = await to.manifests.put(descriptor, raw, about);
        if (about?.tag === SIG) await pushImage(to, cosignImage([TWO]), SIG);
        return answer;
      },
    },
  };
  await expect(copyImage(options(raced))).rejects.toMatchObject({ code: 'LEGACY_TAG_NOT_KEPT' });
});
