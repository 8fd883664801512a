import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { readPlan } from '../../scripts/plan.mjs';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';
import { type ExampleStep, idOf, isOurs, readExample } from './readme-examples.ts';
import { ROOT } from './released.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/readme', import.meta.url));

/** The result of a step of ours in the first job and in the second, by the example; undefined: none, or it does not run. */
const EXPECTED: Readonly<Record<string, readonly (string | undefined)[][]>> = {
  cache: [['miss', 'exact']],
  'restore-cache': [['miss', 'miss']],
  // It has no result; what its commands print is looked at elsewhere.
  setup: [[undefined, undefined]],
  // With the restore that it refers to in front.
  'save-cache': [
    ['miss', 'exact'],
    ['new', undefined],
  ],
};

/** Actions whose example needs a registry as well: it runs in the test of the action. */
const ELSEWHERE: readonly string[] = ['build-image-once', 'promote', 'verify-digest'];

describe("the first example of each action's README", () => {
  let site: ActSite;
  let run: ActRun;
  const jobs = new Map<string, ExampleStep[]>();
  const all = readPlan(ROOT).map(({ name }) => name);
  const names = all.filter((name) => !ELSEWHERE.includes(name));

  // Each example runs in two jobs, one after the other, over a store of its own.
  beforeAll(async () => {
    site = openActSite();
    for (const name of names) {
      const example = (of: string) =>
        readExample(readFileSync(join(ROOT, 'actions', of, 'README.md'), 'utf8'), join(site.store, name));
      const steps = name === 'save-cache' ? [...example('restore-cache'), ...example(name)] : example(name);
      const install: ExampleStep[] = steps.some((step) => step['run'] === 'npm ci') ? [] : [{ run: 'npm ci' }];
      jobs.set(name, [
        { uses: 'actions/checkout@v6' },
        ...steps,
        ...install,
        { run: 'test -e node_modules/left/package.json' },
      ]);
    }
    const repository = join(site.base, 'readme');
    cpSync(REPOSITORY, repository, { recursive: true });
    mkdirSync(join(repository, '.github', 'workflows'), { recursive: true });
    const job = (steps: ExampleStep[], needs: string[]) => ({ 'runs-on': 'ubuntu-latest', needs, steps });
    const workflow = {
      name: 'readme',
      on: 'push',
      jobs: Object.fromEntries(
        [...jobs].flatMap(([name, steps]) => [
          [name, job(steps, [])],
          [`${name}-again`, job(steps, [name])],
        ]),
      ),
    };
    writeFileSync(
      join(repository, '.github', 'workflows', 'readme.yml'),
      stringify(workflow, { aliasDuplicateObjects: false }),
    );
    // Packages are folders of the repository: nothing is asked of the network.
    const npm = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
    run = await site.run({ repository, env: { ...npm, npm_config_update_notifier: 'false' } });
  });
  afterAll(() => site?.remove());

  test('is tested here for every action', () => {
    expect([...Object.keys(EXPECTED), ...ELSEWHERE].sort()).toEqual(all);
  });

  test.each(Object.keys(EXPECTED))('of %s does in a workflow what it says', (name) => {
    const both = [`readme/${name}`, `readme/${name}-again`].map((each) => run.job(each));
    expect(both.map(({ result }) => result).join() === 'success,success' ? 'green' : both.map(showJob).join('\n')).toBe(
      'green',
    );
    const ours = (jobs.get(name) ?? []).flatMap((step, place) => (isOurs(step) ? [idOf(step, place)] : []));
    const seen = ours.map((id) =>
      both.map(({ steps }) => steps.find((step) => step.id === id && step.stage === 'Main')?.outputs['result']),
    );
    expect(seen).toEqual(EXPECTED[name]);
  });
});
