import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Digest } from '@waybill/core/oci';
import { stringify } from 'yaml';
import { openYard, type Yard } from '../promote/yard.ts';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startTokenServer, type TokenServer } from '../registries/token-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';
import { readExampleJobs } from './readme-examples.ts';
import { ROOT } from './released.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/promote', import.meta.url));
const USERS = { writer: { password: 'of-the-writer', actions: ['pull', 'push'] } };
const AS_WRITER = async () => ({ kind: 'basic', username: 'writer', password: USERS.writer.password }) as const;

describe('promote in workflows over docker-registry, which takes tokens alone', () => {
  let site: ActSite;
  let yard: Yard;
  let tokens: TokenServer;
  let registry: Registry;
  let digest: Digest;
  let image: string;
  let ofExample: Digest;
  let run: ActRun;

  beforeAll(async () => {
    site = openActSite();
    yard = openYard();
    tokens = await startTokenServer(USERS);
    registry = await startDockerRegistry({ token: tokens.token });
    const repository = yard.open(registry.host, 'octo-org/app', AS_WRITER);
    const made = await yard.push(repository, 'built once', yard.commit('a change'));
    digest = made.root.descriptor.digest;
    image = `${registry.host}/octo-org/app`;
    const app = join(site.base, 'app');
    cpSync(REPOSITORY, app, { recursive: true });
    await writeExample(app);
    run = await site.run({
      repository: app,
      env: { IMAGE: image, DIGEST: digest, LEDGER: `git:${yard.sources}`, DOCKER_CONFIG: logIn() },
    });
  });
  afterAll(async () => {
    await registry?.stop();
    await tokens?.stop();
    yard?.remove();
    site?.remove();
  });

  /** The README's first example, behind the job that it needs; its image is one that staging has. */
  async function writeExample(repository: string): Promise<void> {
    const from = yard.open(registry.host, 'octo-org/readme', AS_WRITER);
    const made = await yard.push(from, 'of the example', yard.commit('another change'));
    ofExample = made.root.descriptor.digest;
    const logins = { [registry.host]: `writer:${USERS.writer.password}` };
    for (const to of ['dev', 'staging']) await yard.promote(from, ofExample, to, {}, yard.site({ logins }));
    const readme = readFileSync(join(ROOT, 'actions/promote/README.md'), 'utf8');
    const filling = { image: `${registry.host}/octo-org/readme`, ledger: `git:${yard.sources}` };
    const build = {
      'runs-on': 'ubuntu-latest',
      outputs: { digest: '${{ steps.build.outputs.digest }}' },
      steps: [{ id: 'build', run: `echo "digest=${ofExample}" >>"$GITHUB_OUTPUT"` }],
    };
    const workflow = { name: 'readme', on: 'push', jobs: { build, ...readExampleJobs(readme, filling) } };
    writeFileSync(join(repository, '.github/workflows/readme.yml'), stringify(workflow));
  }

  /** The folder with what `docker login` leaves. */
  function logIn(): string {
    const folder = join(site.base, 'docker');
    mkdirSync(folder);
    const auth = Buffer.from(`writer:${USERS.writer.password}`).toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    return folder;
  }

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }

  test('the first example of the README does what it says', () => {
    expectGreen('readme/production');
    expect(run.step('readme/production', 'promote').outputs).toMatchObject({
      promoted: 'true',
      digest: ofExample,
      reference: `${registry.host}/octo-org/readme:production@${ofExample}`,
    });
    expect(run.step('readme/production', '1').log).toContain(`deploy ${registry.host}/octo-org/readme:production@`);
  });

  test('a job with an environment verifies and promotes', () => {
    expectGreen('promote/dev');
    expect(run.step('promote/dev', 'verify').outputs).toMatchObject({ verified: 'integrity', digest });
    const step = run.step('promote/dev', 'promote');
    expect(step.outputs).toMatchObject({ promoted: 'true', digest, reference: `${image}:dev@${digest}` });
    expect(step.summary).toContain('**promoted**');
  });

  test('what was not in staging is refused, with all reasons in the summary', () => {
    expectGreen('promote/refused');
    const step = run.step('promote/refused', 'too-early');
    expect(step.outputs).toMatchObject({ promoted: 'false' });
    expect(step.summary).toContain('**failed** (not-in-source-channel)');
    expect(step.annotations).toMatchObject([
      { level: 'error', message: expect.stringContaining('not-in-source-channel') },
    ]);
  });

  test('a dry run tells the plan and moves nothing', () => {
    expectGreen('promote/plan');
    const step = run.step('promote/plan', 'plan');
    expect(step.outputs).toMatchObject({ promoted: 'false' });
    expect(step.summary).toContain('record 1 would be written, a promotion');
  });

  test('staging and production follow, and once more changes nothing', async () => {
    expectGreen('promote/production');
    expect(run.step('promote/production', 'promote').outputs).toMatchObject({ promoted: 'true' });
    expect(run.step('promote/production', 'again').outputs).toMatchObject({
      promoted: 'false',
      'previous-digest': digest,
    });
    const { ledger } = await yard.ledger();
    for (const channel of ['dev', 'staging', 'production']) {
      const tip = await ledger.channels.tip(image, channel);
      expect(tip?.record).toMatchObject({ sequence: 1, digest, repository: 'octo-org/app' });
      expect(await yard.open(registry.host, 'octo-org/app', AS_WRITER).manifests.get({ tag: channel })).toMatchObject({
        descriptor: { digest },
      });
    }
  });

  test('no password stands in the log', () => {
    expect(run.output).not.toContain(USERS.writer.password);
  });
});
