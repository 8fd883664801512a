import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { type ActRun, showJob } from './act-run.ts';
import { type ImageSite, openImageSite } from './image-site.ts';
import { readExampleJobs } from './readme-examples.ts';
import { ROOT } from './released.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/build-once', import.meta.url));
/** The name of a workflow, the page, and which of its blocks of YAML it is. */
const EXAMPLES = [
  ['readme', 'actions/build-image-once/README.md', 0],
  ['page', 'docs/build-once.md', 0],
  ['front', 'README.md', 1],
] as const;

describe('build-image-once in a workflow', () => {
  let machine: ImageSite;
  let run: ActRun;
  beforeAll(async () => {
    machine = await openImageSite();
    const { site, writer, reader, ledger } = machine;
    const app = join(site.base, 'app');
    cpSync(REPOSITORY, app, { recursive: true });
    writeExamples(app);
    run = await site.run({
      repository: app,
      env: {
        ...writer,
        READER: reader['DOCKER_CONFIG'] ?? '',
        // buildx remembers its builder by engine and configuration.
        READER_HOST: reader['DOCKER_HOST'] ?? '',
        IMAGE: imageOf('app'),
        LEDGER: ledger,
      },
    });
  });
  afterAll(() => machine?.stop());

  /** The examples of the pages, as they stand, each a workflow over an image of its own. */
  function writeExamples(repository: string): void {
    for (const [name, page, place] of EXAMPLES) {
      const filling = { image: imageOf(name), ledger: machine.ledger };
      const jobs = readExampleJobs(readFileSync(join(ROOT, page), 'utf8'), filling, place);
      writeFileSync(join(repository, '.github/workflows', `${name}.yml`), stringify({ name, on: 'push', jobs }));
    }
  }

  const imageOf = (name: string) => `${machine.registry.host}/octo-org/${name}`;

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }

  test('the first example of the README does what it says', () => {
    expectGreen('readme/image');
    expectGreen('readme/test');
    const { outputs } = run.step('readme/image', 'image');
    expect(outputs).toMatchObject({ built: 'true', pushed: 'true', digest: expect.stringMatching(/^sha256:/) });
    const reference = `${imageOf('readme')}@${outputs['digest']}`;
    expect(outputs['reference']).toBe(reference);
    expect(run.step('readme/test', '0').log).toContain(`to be tested is ${reference}`);
  });

  test('the first example of docs/build-once.md does what it says', () => {
    expectGreen('page/example');
    const { digest } = run.step('page/example', 'image').outputs;
    expect(run.step('page/example', '2').log).toContain(`${digest}`);
  });

  test('the flow on the front page builds, and promotes what was built', () => {
    expectGreen('front/build');
    expectGreen('front/production');
    const { digest } = run.step('front/build', 'image').outputs;
    expect(run.step('front/production', 'promote').outputs).toMatchObject({ digest, promoted: 'true' });
    expect(run.step('front/production', '1').log).toContain(`deploy ${imageOf('front')}@${digest}`);
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
