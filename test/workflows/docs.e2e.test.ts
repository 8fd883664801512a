import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { type ActSite, openActSite } from './act.ts';
import type { ActStep } from './act-log.ts';
import { type ActRun, showJob } from './act-run.ts';
import { type ExampleStep, idOf, isOurs, readExamples } from './readme-examples.ts';
import { ROOT, SLUG } from './released.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/readme', import.meta.url));

/** Stands for what npm would have downloaded: the packages of the fixture are folders of it. */
const DOWNLOAD: ExampleStep = {
  run: 'folder=$(npm config get cache)/_cacache && mkdir -p "$folder" && echo downloaded >"$folder/package"',
};

/** The step that a page speaks of, where its steps only look at how it ended. */
const DEPS: ExampleStep = {
  id: 'deps',
  uses: `${SLUG}/actions/restore-cache@v1`,
  with: { path: 'node_modules', key: 'deps-1' },
};

/** A page, the steps that come before its own, and what its blocks of steps do in two jobs, one after the other: the results of our steps, in order. */
const PAGES: readonly (readonly [
  string,
  readonly ExampleStep[],
  readonly (readonly [readonly string[], readonly string[]])[],
])[] = [
  ['troubleshooting-misses.md', [DEPS], [[['miss'], ['miss']]]],
  [
    'using-the-cache.md',
    [],
    [
      [['miss'], ['exact']],
      [['miss'], ['exact']],
      [['miss', 'new'], ['exact']],
      [
        ['new', 'exact'],
        ['skipped', 'exact'],
      ],
      [[], []],
    ],
  ],
];

describe.each(PAGES)('the steps in docs/%s', (page, before, expected) => {
  let site: ActSite;
  let run: ActRun;
  let examples: ExampleStep[][];

  beforeAll(async () => {
    site = openActSite();
    const markdown = readFileSync(join(ROOT, 'docs', page), 'utf8');
    examples = readExamples(markdown, (place) => join(site.store, `${place}`)).map((steps) => [...before, ...steps]);
    const repository = join(site.base, 'docs');
    cpSync(REPOSITORY, repository, { recursive: true });
    mkdirSync(join(repository, '.github', 'workflows'), { recursive: true });
    const jobs = examples.flatMap((steps, place): [string, object][] => [
      [`block-${place}`, { 'runs-on': 'ubuntu-latest', steps: [...steps, DOWNLOAD] }],
      [`block-${place}-again`, { 'runs-on': 'ubuntu-latest', needs: [`block-${place}`], steps }],
    ]);
    const workflow = { name: 'docs', on: 'push', jobs: Object.fromEntries(jobs) };
    writeFileSync(
      join(repository, '.github', 'workflows', 'docs.yml'),
      stringify(workflow, { aliasDuplicateObjects: false }),
    );
    const npm = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
    run = await site.run({ repository, env: { ...npm, npm_config_update_notifier: 'false' } });
  });
  afterAll(() => site?.remove());

  test('are run here, all of them', () => {
    expect(examples).toHaveLength(expected.length);
  });

  test.each(expected.map((results, place) => [place, results] as const))(
    'of block %i do what the page says, twice',
    (place, results) => {
      const both = [run.job(`docs/block-${place}`), run.job(`docs/block-${place}-again`)];
      const red = both.filter(({ result }) => result !== 'success');
      expect(red.map(showJob).join('\n')).toBe('');
      const ours = (examples[place] ?? []).flatMap((step, at) => (isOurs(step) ? [idOf(step, at)] : []));
      const resultsOf = (steps: readonly ActStep[]) =>
        ours.flatMap((id) => steps.find((step) => step.id === id && step.stage === 'Main')?.outputs['result'] ?? []);
      expect(both.map(({ steps }) => resultsOf(steps))).toEqual(results);
    },
  );

  test('that explain a miss say what was looked for', () => {
    const explained = run.output.includes('miss: nothing fits');
    expect(explained).toBe(page === 'troubleshooting-misses.md');
  });
});
