import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryRefStore, createMemoryStore } from '@waybill/core/content';
import { createLedger, type Ledger } from '@waybill/core/ledger';
import { digestOf } from '@waybill/core/oci';
import type { PromotionSite } from '@waybill/core/promote';
import { openRegistries, ownTag, type Registries, type Registry, referrersTag } from '@waybill/core/registry';
import { createFakeSnapshots } from '@waybill/testing/cache';
import { buildKitIndex, cosignImage, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { fakeRunContext } from '@waybill/testing/runner';
import { tryProgram } from '../testing/index.ts';

const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const IMAGE = buildKitIndex({ note: 'app', platforms: PLATFORMS });
const { digest } = IMAGE.root.descriptor;
const TYPE = 'application/vnd.cyclonedx+json';

let fake: FakeRegistry;
let ledger: Ledger;
let base: string;
let name: string;
const closers: (() => void)[] = [];
const clock = { now: () => 0, sleep: async () => undefined, random: () => 0 };

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'waybill-cli-graph-'));
  ledger = createLedger(createMemoryRefStore());
  fake = await startFakeRegistry({ quirks: { referrers: 'none' } });
  name = `${fake.host}/octo-org/app`;
  await pushImage(await open(), IMAGE, 'v1');
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await fake.stop();
  rmSync(base, { recursive: true, force: true });
});

async function registries(insecureHosts: readonly string[] = []) {
  const opened = openRegistries({
    env: {},
    home: base,
    githubToken: '',
    insecureHosts,
    clock,
    log: { info: () => undefined },
  });
  closers.push(() => opened.close());
  return opened;
}

async function open(repository = 'octo-org/app'): Promise<Registry> {
  return (await registries()).open({ host: fake.host, repository }, 'push');
}

const run = (...args: string[]) =>
  tryProgram(args, {
    store: createMemoryStore({ clock: () => 0 }),
    snapshots: createFakeSnapshots(''),
    context: fakeRunContext({ workspace: base }),
    now: () => 0,
    openRegistries: registries,
    openPromotions: async () => openSite(await registries()),
  });

/** What a verb of `image` works with: these registries, and a ledger in memory. */
function openSite({ open: openRegistry }: Registries): PromotionSite {
  const ancestry = { compareCommits: async () => 'unknown' as const };
  return {
    openRegistry,
    openLedger: async () => ({ ledger, ancestry, config: undefined, shown: 'the ledger' }),
    run: fakeRunContext(),
    clock,
    log: { info: () => undefined, notice: () => undefined, warning: () => undefined },
  };
}

/** A file in the working directory. */
function plant(path: string, text: string): string {
  mkdirSync(join(base, path, '..'), { recursive: true });
  writeFileSync(join(base, path), text);
  return path;
}

describe('waybill hash (S1-23)', () => {
  test('prints what sha256sum prints', async () => {
    const files = [plant('a.txt', 'content'), plant('b c.txt', '')];
    const { code, out } = await run('hash', ...files);
    expect(code).toBe(0);
    expect(out).toBe(execFileSync('sha256sum', files, { cwd: base, encoding: 'utf8' }));
  });

  test('hashes folders, and tells what is not there', async () => {
    plant('dist/x.js', 'one');
    const { code, json, err } = await run('hash', 'dist', 'none', '--json');
    expect(code).toBe(1);
    expect(json()).toEqual({
      hashes: [
        { path: 'dist', kind: 'folder', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), files: 1, bytes: 3 },
      ],
      missing: ['none'],
    });
    expect(err).toContain('none: there is no such file');
  });
});

describe('waybill attach', () => {
  test('attaches files with type, titles and annotations, once', async () => {
    const file = plant('sbom.cdx.json', '{}');
    const args = ['attach', `${name}@${digest}`, file, '--type', TYPE, '-a', 'org.example.tool=syft', '--json'];
    const { code, json } = await run(...args);
    expect(code).toBe(0);
    const [referrer] = await (await open()).referrers(digest);
    expect(json()).toMatchObject({
      image: name,
      subject: digest,
      digest: referrer?.digest,
      tag: ownTag(digest, referrer?.digest ?? digest),
      artifactType: TYPE,
      annotations: { 'org.example.tool': 'syft' },
    });
    await run(...args);
    expect(await (await open()).referrers(digest)).toHaveLength(1);
    const raw = fake.contents.manifest('octo-org/app', referrer?.digest ?? '');
    expect(JSON.parse(Buffer.from(raw ?? []).toString())).toMatchObject({
      layers: [{ mediaType: TYPE, size: 2, annotations: { 'org.opencontainers.image.title': 'sbom.cdx.json' } }],
    });
  });

  test.each([
    ['a tag', () => [`${name}:v1`, 'f', '--type', TYPE], 2, 'is a tag, which may be moved at any time'],
    ['no type', () => [`${name}@${digest}`, 'f'], 2, '--type is missing'],
    [
      'an annotation without a value',
      () => [`${name}@${digest}`, 'f', '--type', TYPE, '-a', 'x'],
      2,
      'expected KEY=VALUE',
    ],
    ['a folder', () => [`${name}@${digest}`, '.', '--type', TYPE], 2, 'is a folder'],
    [
      'an image that is not there',
      () => [`${name}@${digestOf(Buffer.from('x'))}`, 'f', '--type', TYPE],
      1,
      'is not there',
    ],
  ])('%s is told', async (_, args, code, why) => {
    plant('f', 'content');
    expect(await run('attach', ...args())).toMatchObject({ code, err: expect.stringContaining(why) });
  });
});

describe('waybill tree', () => {
  test('draws parts, attachments and old tags', async () => {
    const file = plant('sbom.cdx.json', '{}');
    await run('attach', `${name}@${digest}`, file, '--type', TYPE);
    await pushImage(await open(), cosignImage([{ text: 'payload', signature: 'x' }]), `${referrersTag(digest)}.sig`);
    const { code, out } = await run('tree', `${name}:v1`);
    expect(code).toBe(0);
    expect(out.replaceAll(/sha256:[0-9a-f]{64}/g, 'DIGEST')).toBe(
      [
        `${name}:v1  DIGEST`,
        '├─ linux/amd64  DIGEST',
        '├─ linux/arm64  DIGEST',
        '├─ attestation  DIGEST',
        '├─ attestation  DIGEST',
        `├─ + ${TYPE}  DIGEST`,
        '└─ + .sig  DIGEST',
        '',
      ].join('\n'),
    );
  });

  test('is a document for a program', async () => {
    await run('attach', `${name}@${digest}`, plant('f', 'x'), '--type', TYPE);
    expect((await run('tree', `${name}@${digest}`, '--json')).json()).toMatchObject({
      image: name,
      digest,
      parts: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }, {}, {}],
      attached: [{ artifactType: TYPE }],
    });
  });

  test('of what is not there ends with 1, and says so to a program', async () => {
    const { code, json, err } = await run('tree', `${name}:v2`, '--json');
    expect(code).toBe(1);
    expect(json()).toMatchObject({ error: { code: 'MANIFEST_UNKNOWN' } });
    expect(err).toContain('has no tag "v2"');
  });

  test('of no image is wrong usage', async () => {
    expect(await run('tree', name)).toMatchObject({
      code: 2,
      err: expect.stringContaining('neither a digest nor a tag'),
    });
  });
});

describe('waybill copy', () => {
  test('copies to a tag with what is attached, and says what was mounted', async () => {
    await run('attach', `${name}@${digest}`, plant('f', 'x'), '--type', TYPE);
    const to = `${fake.host}/octo-org/mirror`;
    const { code, out } = await run('copy', `${name}:v1`, `${to}:stable`);
    expect(code).toBe(0);
    expect(out).toContain(`to        ${to}:stable@${digest}`);
    expect(out).toMatch(/mounted +12 blobs, /);
    expect(out).toMatch(/attached +1 referrer/);
    expect(fake.contents.tags('octo-org/mirror')).toContain('stable');
    expect((await run('copy', `${name}:v1`, `${to}:stable`, '--json')).json()).toMatchObject({
      from: `${name}@${digest}`,
      to,
      tag: 'stable',
      digest,
      rootExisted: true,
      mountedBlobs: 0,
      attached: [{ artifactType: TYPE }],
    });
  });

  test('--dry-run writes nothing, and tells what would be done', async () => {
    await run('attach', `${name}@${digest}`, plant('f', 'x'), '--type', TYPE);
    const to = `${fake.host}/octo-org/mirror`;
    const { code, out } = await run('copy', `${name}@${digest}`, `${to}:stable`, '-n');
    expect(code).toBe(0);
    expect(out).toMatch(/image +6 manifests/);
    expect(out).toMatch(/mount +12 blobs, /);
    expect(out).toMatch(/set +the tag stable/);
    expect(out).toMatch(/attach +application\/vnd\.cyclonedx\+json +sha256:/);
    expect(fake.contents.tags('octo-org/mirror')).toEqual([]);
    expect((await run('copy', `${name}@${digest}`, to, '-n', '--no-attached', '--json')).json()).toMatchObject({
      dryRun: true,
      rootExists: false,
      attached: [],
    });
  });

  test('what is not there ends with 1, a digest in the target with 2', async () => {
    expect(await run('copy', `${name}:v2`, name)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not there'),
    });
    expect(await run('copy', `${name}:v1`, `${name}@${digest}`)).toMatchObject({ code: 2 });
  });

  test('bytes that are not what their digest says end with 4, and no tag is set', async () => {
    const [, layer] = IMAGE.parts;
    fake.setQuirks({ mounts: 'upload' });
    fake.contents.spoil('octo-org/app', layer?.descriptor.digest ?? '', Buffer.alloc(layer?.bytes.byteLength ?? 0));
    expect((await run('copy', `${name}:v1`, `${fake.host}/octo-org/mirror:v1`)).code).toBe(4);
    expect(fake.contents.tags('octo-org/mirror')).toEqual([]);
  });
});

describe('waybill image validate-digest (S1-22)', () => {
  test('an image that is whole', async () => {
    const { code, out } = await run('image', 'validate-digest', `${name}@${digest}`, '-p', 'linux/arm64');
    expect(code).toBe(0);
    expect(out).toContain('verified   integrity');
    expect(out).toContain('platforms  linux/amd64, linux/arm64');
  });

  test('a layer that is gone ends with 4, and every finding is told', async () => {
    const [, layer] = IMAGE.parts;
    await (await open()).blobs.delete(layer?.descriptor.digest ?? digest);
    const { code, out } = await run('image', 'validate-digest', `${name}@${digest}`, '-p', 'windows/amd64');
    expect(code).toBe(4);
    expect(out).toMatch(/error: layer-missing: .*layer 1 of linux\/amd64/);
    expect(out).toMatch(
      /error: platform-missing: .*\n {2}expected windows\/amd64\n {2}found {4}linux\/amd64, linux\/arm64/,
    );
    const { json } = await run('image', 'validate-digest', `${name}@${digest}`, '--json');
    expect(json()).toMatchObject({ verified: 'false', findings: [{ code: 'layer-missing' }] });
  });

  test('with the commit that it was built from, by the record of it', async () => {
    const COMMIT = 'c'.repeat(40);
    const record = { schemaVersion: 1, kind: 'build', image: name, identity: 'one', commit: COMMIT } as const;
    await ledger.builds.put({ ...record, digest, recordedAt: '2026-01-01T00:00:00Z' });
    expect((await run('image', 'validate-digest', name, '--commit', COMMIT, '--json')).json()).toMatchObject({
      digest,
    });
    expect((await run('image', 'validate-digest', `${name}@${digest}`, '--commit', COMMIT)).code).toBe(0);
    const other = await run('image', 'validate-digest', `${name}@${digest}`, '--commit', 'd'.repeat(40));
    expect(other).toMatchObject({ code: 4, out: expect.stringContaining('error: record-unknown: ') });
    await (await open()).manifests.delete({ digest });
    const lost = await run('image', 'validate-digest', name, '--commit', COMMIT);
    expect(lost).toMatchObject({ code: 4, out: expect.stringContaining('error: lost: ') });
  });

  test('a digest that is not there ends with 1, one that is none with 2', async () => {
    expect((await run('image', 'validate-digest', `${name}@${digestOf(Buffer.from('x'))}`)).code).toBe(1);
    expect(await run('image', 'validate-digest', `${name}@sha256:abc`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('is no sha256 digest'),
    });
    expect((await run('image', 'validate-digest', `${name}:v1`)).code).toBe(2);
    expect((await run('image', 'validate-digest', `${name}@${digest}`, '-p', 'linux')).code).toBe(2);
  });

  test('a registry that does not answer ends with 3', async () => {
    fake.fail({ kind: 'answer', status: 403, times: Infinity });
    expect((await run('image', 'validate-digest', `${name}@${digest}`)).code).toBe(3);
  });
});
