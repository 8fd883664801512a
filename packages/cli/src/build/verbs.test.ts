import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '@waybill/core/content';
import { type BuildOrder, openPlaces } from '@waybill/core/image';
import { describe as describeBytes, encodeManifest, MediaType } from '@waybill/core/oci';
import { createRunTool } from '@waybill/core/proc';
import { createFakeSnapshots } from '@waybill/testing/cache';
import { createMemoryRegistry, createMemoryRepository, type MemoryRepository } from '@waybill/testing/memory-registry';
import { fakeRunContext } from '@waybill/testing/runner';
import type { OpenImages } from '../session/index.ts';
import { tryProgram } from '../testing/index.ts';

const IMAGE = 'registry.example/octo-org/app';

let workspace: string;
let contents: Map<string, MemoryRepository>;
let orders: BuildOrder[];
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'waybill-cli-'));
  writeFileSync(join(workspace, 'Dockerfile'), 'FROM scratch\n');
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  contents = new Map();
  orders = [];
});
afterEach(() => rmSync(workspace, { recursive: true }));

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...who, ...args], { cwd: workspace, encoding: 'utf8' }).trim();
}

const contentOf = (place: string): MemoryRepository => {
  const known = contents.get(place) ?? createMemoryRepository();
  contents.set(place, known);
  return known;
};

/** Records by tags; docker is a function that puts an image into the registry. */
const openImages: OpenImages = async ({ secrets = [] }, place) => {
  let now = Date.UTC(2026, 0, 1);
  const clock = {
    now: () => now,
    random: () => 0.5,
    sleep: async (ms: number, signal?: AbortSignal): Promise<void> => {
      // Claims need not be renewed within a test.
      if (ms >= 60_000)
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      now += ms;
    },
  };
  const openRegistry = ({ host, repository }: { readonly host: string; readonly repository: string }) =>
    createMemoryRegistry(contentOf(`${host}/${repository}`), { host, repository, now: clock.now });
  const env = { PATH: process.env['PATH'], VALUE: 'hunter22' };
  const { platform } = process;
  const facts = {
    ...fakeRunContext({ workspace, ref: undefined, sha: undefined, runId: undefined }),
    serverUrl: undefined,
  };
  const log = { info: () => undefined, notice: () => undefined, warning: () => undefined };
  return {
    deps: {
      openRegistry,
      records: openPlaces({
        stores: [{ kind: 'oci', place: { ...place, repository: `${place.repository}-waybill` }, insecure: false }],
        repositories: {
          open: () => {
            throw new Error('the test did not expect a repository to be opened');
          },
        },
        openRegistry,
        clock,
      }),
      build: async (order) => {
        orders.push(order);
        const put = (mediaType: string, text: string) => {
          const bytes = Buffer.from(text);
          const descriptor = describeBytes(mediaType, bytes);
          contentOf(IMAGE).blobs.set(descriptor.digest, bytes);
          return descriptor;
        };
        const { raw, descriptor } = encodeManifest({
          schemaVersion: 2,
          mediaType: MediaType.imageManifest,
          config: put('application/vnd.oci.image.config.v1+json', '{"os":"linux","architecture":"amd64"}'),
          layers: [put('application/vnd.oci.image.layer.v1.tar', `layer ${orders.length}`)],
        });
        contentOf(IMAGE).manifests.set(descriptor.digest, { raw, descriptor });
        return { metadata: { text: '{}', digest: descriptor.digest, baseImages: [] }, imageId: '', toolchain: {} };
      },
      facts,
      clock,
      nonce: () => `nonce${String(orders.length).padStart(16, '0')}`,
      log,
    },
    prepare: {
      paths: facts,
      arch: 'x64',
      env,
      runTool: createRunTool({ env, platform }),
      facts,
      policy: { read: async () => undefined, shown: 'nowhere', isNamed: false },
      secrets,
      now: clock.now,
      // The configuration answers before any time passes.
      sleep: () => new Promise<never>(() => undefined),
      log,
    },
  };
};

const waybill = (...args: readonly string[]) =>
  tryProgram(args, {
    store: createMemoryStore({ clock: () => 0 }),
    snapshots: createFakeSnapshots('tree'),
    context: fakeRunContext({ workspace, sha: undefined }),
    now: () => 0,
    env: { VALUE: 'hunter22' },
    runTool: createRunTool({ env: process.env, platform: process.platform }),
    openImages,
  });

const digestIn = (json: unknown): unknown =>
  typeof json === 'object' && json !== null && 'digest' in json ? json.digest : undefined;

describe('waybill image', () => {
  test('build: what was built is not built again', async () => {
    const first = await waybill('image', 'build', IMAGE, '--json');
    expect(first).toMatchObject({ code: 0 });
    expect(first.json()).toMatchObject({
      image: IMAGE,
      result: 'built',
      commit: git('rev-parse', 'HEAD'),
      guarantee: 'hint',
    });
    const second = await waybill('image', 'build', IMAGE, '--json');
    expect(second.json()).toMatchObject({ result: 'adopted', digest: digestIn(first.json()) });
    expect(orders).toHaveLength(1);
    const shown = await waybill('image', 'build', IMAGE);
    expect(shown.out).toMatch(/^image {5}registry\.example\/octo-org\/app@sha256:[0-9a-f]{64}\nresult {4}adopted\n/);
  });

  test('S1-19, check-existing: the digest of a commit, or that there is none', async () => {
    const none = await waybill('image', 'check-existing', IMAGE);
    expect(none).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('no build of registry.example/octo-org/app is recorded'),
    });
    const built = await waybill('image', 'build', IMAGE, '--json');
    const found = await waybill('image', 'check-existing', IMAGE);
    expect(found).toMatchObject({ code: 0, out: `${String(digestIn(built.json()))}\n` });
    const other = await waybill('image', 'check-existing', IMAGE, '--commit', 'd'.repeat(40));
    expect(other.code).toBe(1);
  });

  test('check-existing: several builds of a commit are asked apart', async () => {
    await waybill('image', 'build', IMAGE);
    const second = await waybill('image', 'build', IMAGE, '--target', 'other', '--json');
    const asked = await waybill('image', 'check-existing', IMAGE);
    expect(asked.code).toBe(2);
    expect(asked.err).toContain('2 builds of registry.example/octo-org/app are recorded for the commit');
    expect(asked.err).toContain('target other');
    const json = second.json();
    const identity = typeof json === 'object' && json !== null && 'identity' in json ? String(json.identity) : '';
    const chosen = await waybill('image', 'check-existing', IMAGE, '--identity', identity.slice(0, 10));
    expect(chosen).toMatchObject({ code: 0, out: `${String(digestIn(json))}\n` });
  });

  test('S1-U1, check-existing: what is gone is lost', async () => {
    await waybill('image', 'build', IMAGE);
    contentOf(IMAGE).manifests.clear();
    expect(await waybill('image', 'check-existing', IMAGE)).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringContaining('is lost'),
    });
  });

  test.each([
    [['image', 'build', 'app'], 'no host'],
    [['image', 'build', `${IMAGE}:v1`], 'a tag'],
    [['image', 'build', IMAGE, '--secret', 'TOKEN'], '--secret takes ID=VARIABLE'],
    [['image', 'build', IMAGE, '--tag', IMAGE], 'names no tag alone'],
    [['image', 'build', IMAGE, '--identity', 'inputs'], '--identity inputs and --identity-from belong together'],
    [['image', 'build', IMAGE, '--identity-from', 'x'], '--identity-from'],
    [['image', 'build', IMAGE, '--secret', 'T=VALUE', '--build-arg', 'A=hunter22'], 'build-args: A holds a secret'],
    [['image', 'check-existing', IMAGE, '--commit', 'main'], 'is no commit'],
  ])('wrong: %j', async (args, message) => {
    const { code, out, err } = await waybill(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('waybill record', () => {
  test('list and show: what was built, the newest first', async () => {
    await waybill('image', 'build', IMAGE);
    await waybill('image', 'build', IMAGE, '--target', 'other');
    const listed = await waybill('record', 'list', IMAGE);
    expect(listed.out.split('\n')[0]).toMatch(/^IDENTITY {6}DIGEST/);
    expect(listed.out.trim().split('\n')).toHaveLength(3);
    const commit = git('rev-parse', 'HEAD');
    const shown = await waybill('record', 'show', IMAGE, '--commit', commit, '--json');
    expect(shown.json()).toMatchObject({ image: IMAGE, records: [{ record: { commit } }, { record: { commit } }] });
    expect(await waybill('record', 'show', IMAGE, '--commit', 'd'.repeat(40))).toMatchObject({ code: 1 });
    expect((await waybill('record', 'list', IMAGE, '--limit', '1', '--json')).json()).toMatchObject({ total: 2 });
  });

  test('verify: tells which recorded images are lost', async () => {
    expect(await waybill('record', 'verify', IMAGE)).toMatchObject({ code: 1 });
    await waybill('image', 'build', IMAGE);
    expect(await waybill('record', 'verify', IMAGE)).toMatchObject({ code: 0, out: '1 record: nothing is wrong\n' });
    contentOf(IMAGE).blobs.clear();
    const lost = await waybill('record', 'verify', IMAGE, '--json');
    expect(lost.code).toBe(4);
    expect(lost.json()).toMatchObject({ records: 1, lost: [{ message: expect.stringContaining('is lost') }] });
  });
});
