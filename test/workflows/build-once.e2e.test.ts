import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { startBuildKit } from '../docker/buildkit.ts';
import { createDockerClient, type DockerClient } from '../docker/docker-client.ts';
import type { Daemon } from '../docker/start-daemon.ts';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import type { Registry } from '../registries/start-server.ts';
import { startTokenServer, type TokenServer } from '../registries/token-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';
import { readExampleJobs } from './readme-examples.ts';
import { ROOT } from './released.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/build-once', import.meta.url));
const USERS = {
  writer: { password: 'of-the-writer', actions: ['pull', 'push'] },
  reader: { password: 'of-the-reader', actions: ['pull'] },
};

describe('build-image-once in a workflow', () => {
  let site: ActSite;
  let tokens: TokenServer;
  let registry: Registry;
  let buildkit: Daemon;
  const clients: DockerClient[] = [];
  let run: ActRun;
  beforeAll(async () => {
    site = openActSite();
    tokens = await startTokenServer(USERS);
    registry = await startDockerRegistry({ token: tokens.token });
    buildkit = await startBuildKit([registry.host]);
    const client = async (user: keyof typeof USERS): Promise<DockerClient> => {
      const made = await createDockerClient();
      clients.push(made);
      made.login(registry.host, user, USERS[user].password);
      await made.useBuildKit(buildkit.address);
      return made;
    };
    const [writer, reader] = [await client('writer'), await client('reader')];
    const app = join(site.base, 'app');
    cpSync(REPOSITORY, app, { recursive: true });
    writeExample(app);
    run = await site.run({
      repository: app,
      env: {
        ...writer.env,
        READER: reader.env['DOCKER_CONFIG'] ?? '',
        // buildx remembers its builder by engine and configuration.
        READER_HOST: reader.env['DOCKER_HOST'] ?? '',
        IMAGE: `${registry.host}/octo-org/app`,
        LEDGER: `git:${site.base}/ledger.git`,
      },
    });
  });
  afterAll(async () => {
    for (const client of clients) client.remove();
    await buildkit?.stop();
    await registry?.stop();
    await tokens?.stop();
    site?.remove();
  });

  /** The README's first example, as it stands. */
  function writeExample(repository: string): void {
    const readme = readFileSync(join(ROOT, 'actions/build-image-once/README.md'), 'utf8');
    const filling = { image: `${registry.host}/octo-org/readme`, ledger: `git:${site.base}/readme.git` };
    const workflow = { name: 'readme', on: 'push', jobs: readExampleJobs(readme, filling) };
    writeFileSync(join(repository, '.github/workflows/readme.yml'), stringify(workflow));
  }

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }

  test('the first example of the README does what it says', () => {
    expectGreen('readme/image');
    expectGreen('readme/test');
    const { outputs } = run.step('readme/image', 'image');
    expect(outputs).toMatchObject({ built: 'true', pushed: 'true', digest: expect.stringMatching(/^sha256:/) });
    const reference = `${registry.host}/octo-org/readme@${outputs['digest']}`;
    expect(outputs['reference']).toBe(reference);
    expect(run.step('readme/test', '0').log).toContain(`to be tested is ${reference}`);
  });

  test('of the jobs of a matrix one builds, and all have one digest', () => {
    const names = [...run.jobs.keys()].filter((name) => name.startsWith('build/image'));
    expect(names).toHaveLength(2);
    for (const name of names) expectGreen(name);
    const outputs = names.map((name) => run.step(name, 'image').outputs);
    expect(outputs.map((each) => each['built'] ?? '').toSorted()).toEqual(['false', 'true']);
    expect(new Set(outputs.map((each) => each['digest'])).size).toBe(1);
  });

  test('a later job gets it by running the step again, or by image and commit', () => {
    expectGreen('build/later');
    const again = run.step('build/later', 'again');
    expect(again.outputs).toMatchObject({ built: 'false', digest: expect.stringMatching(/^sha256:/) });
    expect(again.summary).toContain('**reused**: nothing was built');
    expect(run.step('build/later', 'by-commit').outputs).toMatchObject({
      digest: again.outputs['digest'],
      verified: 'integrity',
    });
  });

  test('two builds of a commit are a question, and both are listed', () => {
    expect(run.step('build/later', 'tests').outputs['built']).toBe('true');
    const which = run.step('build/later', 'which');
    expect(which.result).toBe('failure');
    const [error] = which.annotations;
    for (const step of ['again', 'tests'])
      expect(error?.message).toContain(run.step('build/later', step).outputs['digest']);
  });

  test('S1-U2: a job whose login may only read is green, and says what was not done', () => {
    expectGreen('build/read-only');
    const step = run.step('build/read-only', 'image');
    expect(step.outputs).toMatchObject({ built: 'true', pushed: 'false' });
    expect(step.annotations).toEqual([
      expect.objectContaining({ level: 'notice', message: expect.stringContaining('may not push') }),
    ]);
  });

  test('a workspace that an earlier step changed is refused', () => {
    const step = run.step('build/dirty', 'image');
    expect(step.result).toBe('failure');
    expect(step.annotations[0]).toMatchObject({ title: 'CONTEXT_DIRTY' });
  });

  test('nothing is left of the jobs', () => {
    expect(run.leftovers()).toEqual([]);
  });
});
