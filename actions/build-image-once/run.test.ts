import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseConfig } from '@waybill/core/config';
import { type BuildOrder, openPlaces } from '@waybill/core/image';
import { describe as describeBytes, encodeManifest, MediaType } from '@waybill/core/oci';
import { createRunTool } from '@waybill/core/proc';
import { openRepositories } from '@waybill/core/repository';
import type { RunContext } from '@waybill/core/runner';
import { createMemoryRegistry, createMemoryRepository, type MemoryRepository } from '@waybill/testing/memory-registry';
import { createFakeRunner, fakeRunContext } from '@waybill/testing/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

let workspace: string;
let contents: Map<string, MemoryRepository>;
let orders: BuildOrder[];
let declared: string[];
let records: string[];

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'waybill-once-'));
  writeFileSync(join(workspace, 'Dockerfile'), 'FROM scratch\n');
  contents = new Map();
  [orders, declared, records] = [[], [], []];
});
afterEach(() => rmSync(workspace, { recursive: true }));

const contentOf = (place: string): MemoryRepository => {
  const known = contents.get(place) ?? createMemoryRepository();
  contents.set(place, known);
  return known;
};

/** Short waits are over at once; a minute, after which claims are renewed, never passes. */
function createPatientClock() {
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    random: () => 0.5,
    sleep: async (ms: number, signal?: AbortSignal): Promise<void> => {
      if (ms >= 60_000)
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      now += ms;
    },
  };
}

async function step(
  inputs: Readonly<Record<string, string>> = {},
  changes: Partial<RunContext> = {},
  config = 'version: 1',
) {
  const context = fakeRunContext({ workspace, ...changes });
  const runner = createFakeRunner({
    inputs: {
      identity: 'inputs',
      'identity-from': 'file:Dockerfile',
      store: 'oci://ghcr.io/octo-org/app-waybill',
      ...inputs,
    },
  });
  const env = { PATH: process.env['PATH'], HOME: workspace, GIT_CEILING_DIRECTORIES: workspace };
  const { platform } = process;
  const clock = createPatientClock();
  const openRegistry = ({ host, repository }: { readonly host: string; readonly repository: string }) =>
    createMemoryRegistry(contentOf(`${host}/${repository}`), { host, repository, now: clock.now });
  const parsed = readInputs(runner, { ...context, server: 'https://github.com', env });
  const facts = { ...context, serverUrl: 'https://github.com' };
  const repositories = openRepositories({
    env,
    platform,
    home: workspace,
    cwd: workspace,
    token: '',
    workFolder: workspace,
    clock,
  });
  await run(parsed, {
    runner,
    context,
    site: {
      prepare: {
        paths: context,
        arch: 'x64',
        env,
        runTool: createRunTool({ env, platform }),
        facts,
        policy: { read: async () => parseConfig(config, 'waybill.yml'), shown: 'waybill.yml', isNamed: false },
        secrets: parsed.secrets,
        now: clock.now,
        // The configuration answers before any time passes.
        sleep: () => new Promise<never>(() => undefined),
        log: runner,
      },
      deps: {
        openRegistry,
        records: openPlaces({
          stores: parsed.stores,
          repositories,
          openRegistry,
          clock,
        }),
        build: async (order) => {
          orders.push(order);
          const put = (mediaType: string, text: string) => {
            const bytes = Buffer.from(text);
            const descriptor = describeBytes(mediaType, bytes);
            contentOf(order.image).blobs.set(descriptor.digest, bytes);
            return descriptor;
          };
          const config = put('application/vnd.oci.image.config.v1+json', '{"os":"linux","architecture":"amd64"}');
          const { raw, descriptor } = encodeManifest({
            schemaVersion: 2,
            mediaType: MediaType.imageManifest,
            config,
            layers: [put('application/vnd.oci.image.layer.v1.tar', 'layer')],
          });
          contentOf(order.image).manifests.set(descriptor.digest, { raw, descriptor });
          const digest = order.destination === 'push' ? descriptor.digest : undefined;
          return { metadata: { text: '{"a":1}', digest, baseImages: [] }, imageId: config.digest, toolchain: {} };
        },
        facts,
        clock,
        nonce: () => `nonce${String(orders.length).padStart(16, '0')}`,
        log: runner,
      },
    },
    declare: (image, digest) => void declared.push(`${image}@${digest}`),
    writeRecord: async (text) => {
      records.push(text);
      return '/temp/record.json';
    },
  });
  return runner;
}

describe('build-image-once', () => {
  test('a build sets every output, declares the image, and adds to the summary', async () => {
    const { outputs, summaries } = await step({ tags: 'ghcr.io/octo-org/app:v1' });
    const digest = outputs.get('digest') ?? '';
    expect(Object.fromEntries(outputs)).toEqual({
      digest: expect.stringMatching(/^sha256:/),
      imageid: expect.stringMatching(/^sha256:/),
      reference: `ghcr.io/octo-org/app@${digest}`,
      built: 'true',
      pushed: 'true',
      'reused-from': '',
      'needs-build': 'false',
      commit: '',
      record: '/temp/record.json',
      metadata: '{"a":1}',
    });
    expect(declared).toEqual([`ghcr.io/octo-org/app@${digest}`]);
    expect(summaries).toEqual([expect.stringContaining('**built**, pushed and recorded')]);
    expect(JSON.parse(records[0] ?? '')).toMatchObject({ digest, runId: '42' });
    expect(orders[0]?.labels).toContain('org.opencontainers.image.source=https://github.com/octo-org/app');
    expect(orders[0]?.builderId).toBe('https://github.com/octo-org/app/actions/runs/42/attempts/1');
  });

  test('what was built before is neither built nor declared', async () => {
    await step();
    const { outputs } = await step({}, { runId: '43' });
    expect(Object.fromEntries(outputs)).toMatchObject({
      built: 'false',
      'reused-from': 'https://github.com/octo-org/app/actions/runs/42/attempts/1',
      metadata: '',
    });
    expect(orders).toHaveLength(1);
    expect(declared).toHaveLength(1);
  });

  test('without tags one is derived from the identity', async () => {
    await step();
    expect([...contentOf('ghcr.io/octo-org/app').tags.keys()].filter((tag) => tag.startsWith('build-'))).toEqual([
      expect.stringMatching(/^build-[0-9a-f]{12}$/),
    ]);
  });

  test('another build argument makes another build', async () => {
    await step({ 'build-args': 'A=1' });
    const { outputs } = await step({ 'build-args': 'A=2' });
    expect(outputs.get('built')).toBe('true');
    expect(orders).toHaveLength(2);
  });

  test('S1-33: an argument that holds a secret is refused before anything is asked', async () => {
    const secret = { secrets: 'T=hunter22', 'build-args': 'URL=https://hunter22@host' };
    await expect(step(secret)).rejects.toMatchObject({ code: 'SECRET_IN_BUILD_ARG' });
    expect([...contents.values()].flatMap(({ manifests }) => [...manifests])).toEqual([]);
  });

  test.each([
    { eventName: 'pull_request_target' },
    { eventName: 'issue_comment' },
    { eventName: 'workflow_run', triggeringRepository: 'somebody/fork' },
  ])('a run of %j is refused', async (changes) => {
    await expect(step({}, changes)).rejects.toMatchObject({ code: 'EVENT_UNTRUSTED', kind: 'user' });
    expect(orders).toEqual([]);
  });

  test('what a pull request built is not taken outside of it, unless that is wanted', async () => {
    const pull = { ref: 'refs/pull/5/merge', eventName: 'pull_request' };
    await step({}, pull);
    await step({}, pull);
    expect(orders).toHaveLength(1);
    await step();
    expect(orders).toHaveLength(2);
    const allowed = 'version: 1\nimages: { "ghcr.io/octo-org/*": { adopt: any } }';
    await step({ target: 'x' }, pull, allowed);
    await step({ target: 'x' }, {}, allowed);
    expect(orders).toHaveLength(3);
    await step({ adopt: 'same-ref', target: 'x' }, pull, allowed);
    expect(orders).toHaveLength(3);
  });

  test('an input that wants more than the configuration allows fails before anything is built', async () => {
    const message = 'adopt: any is more than the configuration allows for ghcr.io/octo-org/app';
    await expect(step({ adopt: 'any' })).rejects.toMatchObject({ code: 'ADOPT_REFUSED', kind: 'user', message });
    expect(orders).toEqual([]);
  });
});
