import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { ActOptions } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';
import { type ImageSite, openImageSite } from './image-site.ts';
import { fillWorkflow } from './readme-examples.ts';
import { ROOT } from './released.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/examples', import.meta.url));
const EXAMPLES = join(ROOT, 'examples', 'build-once');

/** Folders that stand in for actions of others, by the action. */
const STAND_INS: Readonly<Record<string, string>> = {
  'actions/setup-python': 'setup-python',
  'actions/upload-artifact': 'upload-artifact',
  'docker/setup-qemu-action': 'nothing',
  'docker/setup-buildx-action': 'nothing',
};
const PULL_REQUEST = {
  event: 'pull_request',
  payload: {
    number: 7,
    pull_request: {
      number: 7,
      head: { ref: 'topic', sha: 'a'.repeat(40), repo: { full_name: 'octo-org/app', fork: false } },
      base: { ref: 'main', repo: { full_name: 'octo-org/app' } },
    },
  },
};
const OFFLINE = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };

describe('examples/build-once', () => {
  let machine: ImageSite;
  beforeAll(async () => {
    machine = await openImageSite();
  });
  afterAll(() => machine?.stop());

  const imageOf = (name: string) => `${machine.registry.host}/octo-org/${name}`;
  const read = (name: string) => {
    const text = readFileSync(join(EXAMPLES, `${name}.yml`), 'utf8').replace(
      'REGISTRY: ghcr.io',
      `REGISTRY: ${machine.registry.host}`,
    );
    return fillWorkflow(text, { image: imageOf(name), ledger: machine.ledger });
  };

  /** A run of these workflows in a repository of their own. */
  async function start(workflows: readonly object[], options: Partial<ActOptions> = {}): Promise<ActRun> {
    const repository = mkdtempSync(join(machine.site.base, 'app-'));
    cpSync(join(FIXTURES, 'app'), repository, { recursive: true });
    const folder = join(repository, '.github', 'workflows');
    mkdirSync(folder, { recursive: true });
    for (const [place, workflow] of workflows.entries())
      writeFileSync(join(folder, `${place}.yml`), stringify(workflow));
    const standIns = [...JSON.stringify(workflows).matchAll(/"uses":"([^"@]+)@([0-9a-f]{40})"/g)].flatMap(
      ([, action = '', commit]): (readonly [string, string])[] => {
        const name = STAND_INS[action];
        return name === undefined ? [] : [[`${action}@${commit}`, join(FIXTURES, name)]];
      },
    );
    const env = { ...machine.writer, ...OFFLINE, ARTIFACTS: join(machine.site.base, 'artifacts'), ...options.env };
    return machine.site.run({ ...options, repository, env, standIns: Object.fromEntries(standIns) });
  }

  function expectGreen(run: ActRun, ...names: readonly string[]): void {
    const red = names.map((name) => run.job(name)).filter(({ result }) => result !== 'success');
    expect(red.map(showJob).join('\n')).toBe('');
  }

  describe('flow.yml', () => {
    let push: ActRun;
    let digest: string;
    beforeAll(async () => {
      const flow = read('flow');
      const tagged = {
        ...flow,
        name: 'tagged',
        jobs: {
          build: { 'runs-on': 'ubuntu-latest', outputs: { digest: 'v1' }, steps: [{ run: 'true' }] },
          verify: { 'runs-on': 'ubuntu-latest', steps: [{ run: 'true' }] },
          deploy: flow.jobs['deploy'],
        },
      };
      push = await start([flow, tagged]);
      digest = push.step('flow/build', 'image').outputs['digest'] ?? '';
    });

    test('S1-16: a push is tested, built, verified, deployed and promoted, all by one digest', () => {
      expectGreen(push, ...['lint-and-test', 'build', 'verify', 'deploy', 'promote'].map((job) => `flow/${job}`));
      const reference = `${imageOf('flow')}@${digest}`;
      expect(push.step('flow/build', 'image').outputs).toMatchObject({ built: 'true', reference });
      expect(push.step('flow/verify', 'verify').outputs).toMatchObject({ digest, verified: 'integrity' });
      expect(push.step('flow/deploy', 'deploy').log).toContain(`to staging: ${reference}`);
      expect(push.step('flow/promote', 'promote').outputs).toMatchObject({ digest, promoted: 'true' });
      expect(push.step('flow/promote', 'deploy').log).toContain(`to production: ${reference}`);
    });

    test('S1-18: each step of ours and each deployment stands in the summary', () => {
      const steps = [
        ['build', 'image', '**built**'],
        ['verify', 'verify', '**integrity**'],
        ['deploy', 'deploy', `Staging runs \`${imageOf('flow')}@${digest}\``],
        ['promote', 'promote', '**promoted**'],
        ['promote', 'deploy', `Production runs \`${imageOf('flow')}@${digest}\``],
      ] as const;
      for (const [job, step, text] of steps) expect(push.step(`flow/${job}`, step).summary).toContain(text);
    });

    test('S1-4: a tag in the place of the digest is refused before anything is deployed', () => {
      const job = push.job('tagged/deploy');
      expect(job.result).toBe('failure');
      expect(job.steps.map(({ id }) => id)).not.toContain('deploy');
      expect(push.step('tagged/deploy', 'image').annotations).toEqual([
        expect.objectContaining({ level: 'error', message: expect.stringContaining('digest: got "v1"') }),
      ]);
    });

    test('a pull request is built and verified, and neither deployed nor promoted', async () => {
      const run = await start([read('flow')], PULL_REQUEST);
      expectGreen(run, 'flow/build', 'flow/verify');
      expect(run.step('flow/build', 'image').outputs).toMatchObject({ built: 'true', pushed: 'true' });
      for (const name of ['flow/deploy', 'flow/promote']) expect(stepsOf(run, name)).toEqual([]);
    });

    test('S1-U2: that of a fork, whose token may only read, is green all the same', async () => {
      const run = await start([read('flow')], { ...PULL_REQUEST, env: machine.reader });
      expectGreen(run, 'flow/lint-and-test', 'flow/build');
      const step = run.step('flow/build', 'image');
      expect(step.outputs).toMatchObject({ built: 'true', pushed: 'false', digest: '' });
      expect(step.annotations).toEqual([expect.objectContaining({ level: 'notice' })]);
      expect(stepsOf(run, 'flow/verify')).toEqual([]);
      expect(run.exitCode).toBe(0);
    });

    test('S1-6, S1-8: nothing is built where a test fails', async () => {
      const flow = read('flow');
      const tests = { ...flow.jobs['lint-and-test'], steps: [{ run: 'exit 1' }] };
      const run = await start([{ ...flow, jobs: { ...flow.jobs, 'lint-and-test': tests } }]);
      expect(run.job('flow/lint-and-test').result).toBe('failure');
      for (const job of ['build', 'verify', 'deploy', 'promote']) expect(stepsOf(run, `flow/${job}`)).toEqual([]);
    });
  });

  describe('python-matrix.yml', () => {
    let run: ActRun;
    beforeAll(async () => {
      run = await start([read('python-matrix')]);
    });
    const matrix = () => [...run.jobs.keys()].filter((name) => name.startsWith('ci/lint-and-test'));

    test('S1-15: each Python is linted, typed, searched and tested, and leaves its coverage and a summary', () => {
      expect(matrix()).toHaveLength(3);
      expectGreen(run, ...matrix());
      const logs = matrix().map((name) =>
        run
          .job(name)
          .steps.map(({ log }) => log)
          .join(''),
      );
      const summaries = matrix().map((name) =>
        run
          .job(name)
          .steps.map(({ summary }) => summary)
          .join(''),
      );
      for (const version of ['3.10', '3.11', '3.12']) {
        const log = logs.find((each) => each.includes(`${version}: pytest`));
        for (const tool of ['flake8 src', 'black --check', 'mypy src', 'bandit --recursive']) {
          expect(log).toContain(`${version}: ${tool}`);
        }
        expect(summaries.find((each) => each.includes(`Tests on Python ${version}`))).toContain('tests="2"');
        expect(readdirSync(join(machine.site.base, 'artifacts', `coverage-${version}`)).sort()).toEqual([
          'coverage.xml',
          'tests.xml',
        ]);
      }
    });

    test('S1-7, S1-9, S1-29: one image of two platforms by REGISTRY and IMAGE_NAME, and its digest is what the integration tests take', () => {
      expectGreen(run, 'ci/build-artifact', 'ci/integration-tests');
      const { outputs } = run.step('ci/build-artifact', 'image');
      const reference = `${imageOf('app')}@${outputs['digest']}`;
      expect(outputs).toMatchObject({ built: 'true', pushed: 'true', reference });
      expect(run.step('ci/integration-tests', 'image').outputs).toMatchObject({
        verified: 'integrity',
        platforms: 'linux/amd64,linux/arm64',
      });
      expect(run.step('ci/integration-tests', 'tests').log).toContain(`integration tests of ${reference}`);
    });

    test("S1-14: the build looks for its layers in the runner's cache, and leaves them there", () => {
      const { log } = run.step('ci/build-artifact', 'image');
      expect(log).toContain('importing cache manifest from gha');
      // BuildKit tells a step that takes longer twice, and others in between.
      expect(log).toMatch(/exporting to GitHub Actions Cache\n(.*\n)*#\d+ writing layer sha256:/);
    });
  });

  describe('native-runners.yml', () => {
    test('S1-C4: two builds of one platform become one index, which is verified', async () => {
      const run = await start([read('native-runners')]);
      const jobs = ['amd64', 'arm64', 'merge'].map((job) => `native runners/${job}`);
      expectGreen(run, ...jobs);
      const outputs = jobs.map((job) => run.step(job, 'image').outputs);
      expect(outputs.map((each) => each['built'])).toEqual(['true', 'true', 'true']);
      expect(new Set(outputs.map((each) => each['digest'])).size).toBe(3);
      expect(run.step('native runners/merge', 'verify').outputs).toMatchObject({
        digest: outputs[2]?.['digest'],
        verified: 'integrity',
        platforms: 'linux/amd64,linux/arm64',
      });
    });
  });

  test('are all run here', () => {
    expect(readdirSync(EXAMPLES).sort()).toEqual(['flow.yml', 'native-runners.yml', 'python-matrix.yml']);
  });
});

/** Of a job that was skipped there are none. */
function stepsOf(run: ActRun, job: string): readonly string[] {
  return run.jobs.get(job)?.steps.map(({ id }) => id) ?? [];
}
