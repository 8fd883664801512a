import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sleep } from '@waybill/core/async';
import { openGitRefStore, parseGitRemote } from '@waybill/core/git';
import { createHttp } from '@waybill/core/http';
import { createLedger } from '@waybill/core/ledger';
import type { Digest } from '@waybill/core/oci';
import { createRunProgram } from '@waybill/core/proc';
import { createRegistry } from '@waybill/core/registry';
import { buildKitIndex, type FixtureImage, image, pushImage } from '@waybill/testing/images';
import { stringify } from 'yaml';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { ServedRegistry } from '../registries/start-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';
import { readExample } from './readme-examples.ts';
import { ROOT } from './released.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/verify-digest', import.meta.url));
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const BUILT = 'b'.repeat(40);
const GONE = 'e'.repeat(40);
const IMAGE = buildKitIndex({ note: 'app', platforms: PLATFORMS });
const SWAPPED = image({ note: 'to be spoilt' });
const LOST = image({ note: 'recorded and never pushed' });

describe('verify-digest in workflows over docker-registry', () => {
  let site: ActSite;
  let registry: ServedRegistry;
  let run: ActRun;

  beforeAll(async () => {
    site = openActSite();
    registry = await startDockerRegistry();
    const name = `${registry.host}/octo-org/app`;
    await fill();
    const ledger = join(site.base, 'ledger.git');
    await record(ledger, name, [
      [BUILT, IMAGE],
      [GONE, LOST],
    ]);
    const repository = join(site.base, 'app');
    cpSync(FIXTURE, repository, { recursive: true });
    writeExample(repository, name);
    const env = {
      IMAGE: name,
      DIGEST: digestOf(IMAGE),
      BUILT,
      GONE,
      LEDGER: ledger,
      SWAPPED: `${name}@${digestOf(SWAPPED)}`,
    };
    run = await site.run({ repository, env });
  });
  afterAll(async () => {
    await registry?.stop();
    site?.remove();
  });

  /** Both images, and another layer in the storage of the second. */
  async function fill(): Promise<void> {
    const http = createHttp();
    const clock = { now: Date.now, sleep, random: Math.random };
    const to = createRegistry({ host: registry.host, repository: 'octo-org/app', http, access: 'push', clock });
    await pushImage(to, IMAGE, 'v1');
    await pushImage(to, SWAPPED);
    http.close();
    const [, layer] = SWAPPED.parts;
    const hex = layer?.descriptor.digest.slice('sha256:'.length) ?? '';
    const file = join(registry.folder, 'storage/docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    writeFileSync(file, 'something else');
  }

  async function record(
    folder: string,
    name: string,
    builds: readonly (readonly [string, FixtureImage])[],
  ): Promise<void> {
    const workFolder = join(site.base, 'work');
    mkdirSync(workFolder);
    const { env, platform } = process;
    const remote = parseGitRemote(folder, { home: site.base, cwd: site.base });
    const clock = { now: Date.now, sleep, random: Math.random };
    const refs = openGitRefStore({
      remote,
      workFolder,
      env,
      run: createRunProgram({ env, platform }),
      clock,
      create: true,
    });
    const ledger = createLedger(refs);
    for (const [commit, of] of builds) {
      await ledger.builds.put({
        schemaVersion: 1,
        kind: 'build',
        image: name,
        identity: commit,
        digest: digestOf(of),
        commit,
        recordedAt: '2026-01-01T00:00:00Z',
      });
    }
  }

  /** The README's first example as a job of its own, behind a step that gives the digest. */
  function writeExample(repository: string, name: string): void {
    const readme = readFileSync(join(ROOT, 'actions/verify-digest/README.md'), 'utf8');
    const steps = readExample(readme.replaceAll('ghcr.io/octo-org/app', name), site.store);
    const build = { id: 'build', run: `echo "digest=${digestOf(IMAGE)}" >>"$GITHUB_OUTPUT"` };
    const job = { 'runs-on': 'ubuntu-latest', steps: [{ uses: 'actions/checkout@v6' }, build, ...steps] };
    const file = join(repository, '.github/workflows/readme.yml');
    writeFileSync(file, stringify({ name: 'readme', on: 'push', jobs: { example: job } }));
  }

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }
  const errors = (step: string) =>
    run.step('verify-digest/wrong', step).annotations.filter(({ level }) => level === 'error');

  test('the first example of the README does what it says', () => {
    expectGreen('readme/example');
    expect(run.step('readme/example', 'image').outputs).toMatchObject({
      digest: digestOf(IMAGE),
      verified: 'integrity',
    });
  });

  test('by digest, by commit and by a tag it is the same image, and the summary says so', () => {
    expectGreen('verify-digest/ways');
    for (const step of ['digest', 'commit', 'tag']) {
      const { outputs, summary } = run.step('verify-digest/ways', step);
      expect(outputs).toMatchObject({
        digest: digestOf(IMAGE),
        verified: 'integrity',
        platforms: 'linux/amd64,linux/arm64',
      });
      expect(summary).toContain('**integrity**');
    }
  });

  test('a layer that was swapped in the storage fails the step, with what was expected and found', () => {
    expectGreen('verify-digest/wrong');
    expect(run.step('verify-digest/wrong', 'swapped').outputs).toMatchObject({ verified: 'false' });
    expect(run.step('verify-digest/wrong', 'swapped').summary).toContain('| error | `layer-size-mismatch` |');
    expect(errors('swapped')).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/layer-size-mismatch: .*expected \d+, found 14/s) }),
    ]);
  });

  test('a recorded digest that is gone is lost', () => {
    expect(run.step('verify-digest/wrong', 'lost').summary).toContain('| error | `lost` |');
    expect(errors('lost')).toEqual([expect.objectContaining({ message: expect.stringContaining(digestOf(LOST)) })]);
  });

  test('a platform that is not there is a finding, with those that are', () => {
    expect(errors('platform')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('found linux/amd64, linux/arm64') }),
    ]);
  });

  test('wrong inputs are told in one message', () => {
    const [error] = errors('tag');
    expect(error?.message).toContain('2 inputs of this step are wrong');
    expect(error?.message).toContain('a tag may be moved at any time');
  });
});

function digestOf({ root }: FixtureImage): Digest {
  return root.descriptor.digest;
}
