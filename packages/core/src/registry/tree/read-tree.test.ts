import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  artifact,
  buildKitIndex,
  cosignImage,
  type FixtureImage,
  image,
  indexOf,
  pushImage,
} from '@waybill/testing/images';
import { type FakeRegistry, type Quirks, startFakeRegistry } from '@waybill/testing/registry';
import { createHttp, type Http } from '../../http/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import {
  attach,
  createRegistry,
  ownTag,
  type Registry,
  readTree,
  referrersTag,
  type TreeNode,
  withManifestMemory,
} from '../index.ts';

const TYPE = 'application/vnd.test.sbom';
const IMAGE = buildKitIndex({ note: 'app', platforms: [{ os: 'linux', architecture: 'amd64' }] });
const { descriptor: ROOT } = IMAGE.root;
let http: Http;
let fake: FakeRegistry;
const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };

beforeEach(() => {
  http = createHttp();
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

async function open(quirks: Partial<Quirks>): Promise<Registry> {
  fake = await startFakeRegistry({ quirks });
  const registry = createRegistry({ host: fake.host, repository: 'octo-org/app', http, access: 'push', clock });
  await pushImage(registry, IMAGE, 'v1');
  return registry;
}

function attachTo(registry: Registry, subject: Descriptor, note: string) {
  return attach({ registry, subject, artifactType: TYPE, layers: [], annotations: { note }, clock });
}

/** Of each node its note or platform, with what is below it. */
function shape({ descriptor, parts, attached, legacy, missing }: TreeNode): unknown {
  const { annotations, platform } = descriptor;
  return [
    annotations?.['note'] ?? platform?.architecture ?? 'root',
    ...(missing ? ['missing'] : []),
    ...parts.map(shape),
    ...attached.map(shape),
    ...legacy.map(({ kind }) => kind),
  ];
}

describe.each(['api', 'none'] as const)('where the referrers API is %s', (referrers) => {
  test('the tree has parts, what is attached to any of them, and to that', async () => {
    const registry = await open({ referrers });
    const [, , , child] = IMAGE.parts;
    if (child === undefined) throw new Error('no child');
    const sbom = await attachTo(registry, ROOT, 'sbom');
    await attachTo(registry, sbom, 'signature');
    await attachTo(registry, child.descriptor, 'of the child');
    await pushImage(registry, cosignImage([{ text: 'payload', signature: 'x' }]), `${referrersTag(ROOT.digest)}.sig`);
    const expected = ['root', ['amd64', ['of the child']], ['unknown'], ['sbom', ['signature']], 'sig'];
    expect(shape(await readTree(registry, { digest: ROOT.digest }))).toEqual(expected);
    expect(shape(await readTree(registry, { tag: 'v1' }))).toEqual(expected);
  });
});

test('a part that is gone is missing; what names another subject is not attached', async () => {
  const registry = await open({ referrers: 'none', references: 'missing-allowed' });
  const gone = image({ note: 'never pushed' });
  const of = indexOf([{ of: gone }]);
  await registry.manifests.put(of.root.descriptor, of.root.bytes);
  const other = artifact({ type: TYPE, note: 'of another', subject: gone.root.descriptor });
  await pushImage(registry, other, ownTag(of.root.descriptor.digest, other.root.descriptor.digest));
  const tree = await readTree(registry, { digest: of.root.descriptor.digest });
  expect(tree.attached).toEqual([]);
  expect(tree.parts).toEqual([{ descriptor: expect.anything(), missing: true, parts: [], attached: [], legacy: [] }]);
});

test('a tree that a few manifests blow up is given up', async () => {
  const registry = await open({ referrers: 'none' });
  const lair = Array.from({ length: 20 }).reduce<FixtureImage>((of) => indexOf([{ of }, { of }]), image({ note: 'x' }));
  await pushImage(registry, lair);
  const { digest } = lair.root.descriptor;
  await expect(readTree(withManifestMemory(registry), { digest })).rejects.toMatchObject({ code: 'TREE_TOO_LARGE' });
}, 30_000);

test('a root that is not there is MANIFEST_UNKNOWN', async () => {
  const registry = await open({});
  await expect(readTree(registry, { tag: 'v2' })).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' });
});
