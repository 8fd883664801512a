import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryRefStore } from '@waybill/core/content';
import { createHttp, type Http } from '@waybill/core/http';
import { createLedger, type Ledger } from '@waybill/core/ledger';
import { createRegistry, type Registry } from '@waybill/core/registry';
import { FINDINGS } from '@waybill/core/verify';
import { buildKitIndex, pushImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { createFakeRunner, fakeRunContext, readWrongInputs } from '@waybill/testing/runner';
import { readInputs } from './inputs.ts';
import { run } from './run.ts';

const README = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const IMAGE = buildKitIndex({ note: 'app', platforms: PLATFORMS });
const { digest } = IMAGE.root.descriptor;
const COMMIT = 'c'.repeat(40);

let http: Http;
let fake: FakeRegistry;
let registry: Registry;
let ledger: Ledger;
const clock = { now: () => 0, random: () => 0, sleep: async () => undefined };

beforeEach(async () => {
  http = createHttp();
  fake = await startFakeRegistry();
  registry = createRegistry({ host: fake.host, repository: 'octo-org/app', http, access: 'push', clock });
  ledger = createLedger(createMemoryRefStore());
  await pushImage(registry, IMAGE, 'v1');
});
afterEach(async () => {
  http.close();
  await fake.stop();
});

/** Runs the step with these inputs; gives its runner, what it wrote and what it threw. */
async function step(inputs: Readonly<Record<string, string>>, context = fakeRunContext()) {
  const runner = createFakeRunner({ inputs });
  const written: string[] = [];
  const writeFindings = async (text: string) => {
    written.push(text);
    return '/nowhere/findings.json';
  };
  try {
    const server = 'https://github.com';
    await run(readInputs(runner, { ...context, server }), {
      runner,
      registry,
      builds: async () => ledger.builds,
      ref: context.ref,
      takesPullRequests: async () => false,
      writeFindings,
    });
    return { runner, written, error: undefined };
  } catch (error) {
    return { runner, written, error };
  }
}

describe('verify-digest', () => {
  test('an image that is whole sets every output, and adds a line to the summary (S1-13)', async () => {
    const { runner, written, error } = await step({
      reference: `${fake.host}/octo-org/app@${digest}`,
      platforms: 'linux/arm64',
    });
    expect(error).toBeUndefined();
    expect(Object.fromEntries(runner.outputs)).toEqual({
      digest,
      verified: 'integrity',
      'media-type': 'application/vnd.oci.image.index.v1+json',
      platforms: 'linux/amd64,linux/arm64',
      findings: '/nowhere/findings.json',
    });
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ schemaVersion: 1, digest, findings: [] });
    expect(runner.summaries).toEqual([expect.stringContaining('**integrity**')]);
  });

  test('by image and digest, which may stand without sha256: (X-4, S1-C6)', async () => {
    const image = `${fake.host}/octo-org/app`;
    expect((await step({ image, digest: digest.slice('sha256:'.length).toUpperCase() })).error).toBeUndefined();
    expect((await step({ image, digest })).error).toBeUndefined();
  });

  test('by image and commit', async () => {
    const image = `${fake.host}/octo-org/app`;
    const recordedAt = '2026-01-01T00:00:00Z';
    await ledger.builds.put({
      schemaVersion: 1,
      kind: 'build',
      image,
      identity: 'one',
      digest,
      commit: COMMIT,
      recordedAt,
    });
    const { runner, error } = await step({ image, commit: COMMIT });
    expect(error).toBeUndefined();
    expect(runner.outputs.get('digest')).toBe(digest);
    await registry.manifests.delete({ digest });
    const lost = await step({ image, commit: COMMIT });
    expect(lost.error).toMatchObject({ code: 'DIGEST_LOST' });
    expect(lost.runner.outputs.get('verified')).toBe('false');
  });

  test('a tag where that is allowed', async () => {
    const reference = `${fake.host}/octo-org/app:v1`;
    expect((await step({ reference, 'allow-tag': 'true' })).runner.outputs.get('digest')).toBe(digest);
  });

  test('a mismatch fails the step with what was expected and found, outputs and summary written', async () => {
    const [config, layer] = IMAGE.parts;
    if (config === undefined || layer === undefined) throw new Error('no parts');
    await registry.blobs.delete(layer.descriptor.digest);
    fake.contents.spoil('octo-org/app', config.descriptor.digest, Buffer.alloc(config.bytes.byteLength));
    const { runner, written, error } = await step({ reference: `${fake.host}/octo-org/app@${digest}` });
    expect(error).toMatchObject({ code: 'NOT_VERIFIED', kind: 'integrity' });
    expect(String(error)).toMatch(/- config-mismatch: .*\(expected sha256:.*, found sha256:/);
    expect(String(error)).toContain('- layer-missing: ');
    expect(runner.outputs.get('verified')).toBe('false');
    expect(runner.summaries[0]).toMatch(/\| error \| `config-mismatch` \|/);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ verified: 'false', findings: [{}, {}] });
  });

  test('a registry that does not answer is that error, and nothing is said of the image', async () => {
    fake.fail({ kind: 'answer', status: 429, times: Infinity });
    const { runner, error } = await step({ reference: `${fake.host}/octo-org/app@${digest}` });
    expect(error).toMatchObject({ code: 'RATE_LIMITED', kind: 'remote' });
    expect(runner.outputs.size).toBe(0);
  });

  test('the token is masked', async () => {
    const { runner } = await step({ reference: `${fake.host}/octo-org/app@${digest}`, 'github-token': 'secret-token' });
    expect(runner.masked).toEqual(['secret-token']);
  });
});

describe('wrong inputs', () => {
  const RIGHT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    reference: {},
    image: {},
    digest: { image: 'ghcr.io/octo-org/app' },
    commit: { image: 'ghcr.io/octo-org/app' },
  };
  test.each(readWrongInputs(README))('$name: $shown', async ({ name, value, message }) => {
    const right = RIGHT[name] ?? { reference: `ghcr.io/octo-org/app@${digest}` };
    const { error } = await step({ ...right, [name]: value });
    expect(error).toMatchObject({ code: 'INPUT_INVALID', kind: 'user' });
    expect(String(error)).toContain(message);
  });

  test('are told in one message', async () => {
    const { error } = await step({ reference: 'x', layers: 'all', platforms: 'linux', config: 'x' });
    expect(String(error)).toMatch(/4 inputs of this step are wrong/);
  });

  test('a commit in a run without a repository needs a store', async () => {
    const context = fakeRunContext({ repository: undefined });
    const { error } = await step({ image: 'ghcr.io/octo-org/app', commit: COMMIT }, context);
    expect(String(error)).toContain('store: is empty: the run belongs to no repository');
    const other = await step({ reference: `${fake.host}/octo-org/app@${digest}` }, context);
    expect(other.error).toBeUndefined();
  });
});

test('the README lists every finding with its level', () => {
  const listed = new Map(
    README.split('\n')
      .filter((line) => /^\| `[a-z-]+`(?:, `[a-z-]+`)* \| (?:error|warning|note) \|/.test(line))
      .flatMap((line) => {
        const [, codes = '', level = ''] = line.split('|').map((cell) => cell.trim());
        return codes.split(', ').map((code) => [code.replaceAll('`', ''), level] as const);
      }),
  );
  expect(listed).toEqual(new Map(Object.entries(FINDINGS).map(([code, [level]]) => [code, level])));
});
