import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFakeRegistry } from '@waybill/testing/registry';
import { filesUnderway, storeProblems } from '../bundles/site.ts';
import { startDockerRegistry } from '../registries/docker-registry.ts';
import { startGgcrRegistry } from '../registries/ggcr-registry.ts';
import { registryProblems } from '../registries/registry-problems.ts';
import type { Registry } from '../registries/start-server.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/cache', import.meta.url));

interface Place {
  /** What `store` is given. */
  readonly store: string;
  /** What does not verify in it, or was left on its way. */
  problems(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

function inRegistry(start: () => Promise<Registry>): () => Promise<Place> {
  return async () => {
    const { host, stop } = await start();
    const repository = 'octo-org/app-cache';
    return { store: `oci://${host}/${repository}`, problems: () => registryProblems(host, repository), stop };
  };
}

const PLACES: readonly (readonly [string, (site: ActSite) => Promise<Place>])[] = [
  [
    'a folder',
    async ({ store }) => ({
      store: `dir:${store}`,
      problems: async () => [...storeProblems(store), ...filesUnderway(store)],
      stop: async () => undefined,
    }),
  ],
  ['docker-registry', inRegistry(startDockerRegistry)],
  ["go-containerregistry's registry", inRegistry(startGgcrRegistry)],
  ['the fake registry', inRegistry(startFakeRegistry)],
];

describe.each(PLACES)('the cache actions in workflows over %s', (_place, open) => {
  let site: ActSite;
  let place: Place;
  let run: ActRun;
  // All workflows run once, side by side over one store: each starts a process for every step.
  beforeAll(async () => {
    site = openActSite();
    place = await open(site);
    run = await site.run({
      repository: REPOSITORY,
      env: { STORE: place.store, WAYBILL_STORE: place.store },
      secrets: { GITHUB_TOKEN: 'ghs_notForTheLog' },
    });
  });
  afterAll(async () => {
    await place?.stop();
    site?.remove();
  });

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }

  describe('of two jobs', () => {
    test('the first finds nothing and saves in its post step', () => {
      expectGreen('two jobs/save');
      const main = run.step('two jobs/save', 'cache');
      expect(main.outputs).toMatchObject({ result: 'miss', reason: 'no-entry', 'restored-files': '0' });
      expect(main.outputs).not.toHaveProperty('cache-hit');
      expect(main.summary).toMatch(/^\*\*Cache restore\*\* `deps-[0-9a-f]{64}`: \*\*miss\*\* \(no-entry\)/);
      const post = run.step('two jobs/save', 'cache', 'Post');
      expect(post.result).toBe('success');
      expect(post.summary).toMatch(/^\*\*Cache save\*\* `deps-[0-9a-f]{64}`: \*\*new\*\* \(2 files,/);
    });

    test('the second finds the key, by looking alone and with its files', () => {
      expectGreen('two jobs/restore');
      const look = run.step('two jobs/restore', 'look');
      const exact = run.step('two jobs/restore', 'exact');
      const key = exact.outputs['cache-primary-key'];
      expect(look.outputs).toMatchObject({
        'cache-hit': 'true',
        'cache-primary-key': key,
        'cache-matched-key': key,
        result: 'exact',
        'restored-files': '0',
      });
      expect(exact.outputs).toMatchObject({ 'cache-hit': 'true', 'cache-matched-key': key, result: 'exact' });
      expect(Number(exact.outputs['restored-files'])).toBeGreaterThan(0);
      expect(exact.outputs['digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(exact.summary).toContain('**exact**');
    });

    test('finds an entry by a restore key', () => {
      const { outputs } = run.step('two jobs/restore', 'prefix');
      expect(outputs).toMatchObject({
        'cache-hit': 'false',
        'cache-primary-key': 'deps-of-another-lockfile',
        'cache-matched-key': run.step('two jobs/restore', 'exact').outputs['cache-primary-key'],
        result: 'partial',
        reason: 'restore-key',
      });
    });

    test('leaves cache-hit unset on a miss, and the job green', () => {
      const { outputs } = run.step('two jobs/restore', 'miss');
      expect(outputs).toMatchObject({ 'cache-primary-key': 'other-deps', result: 'miss', reason: 'no-entry' });
      expect(outputs).not.toHaveProperty('cache-hit');
      expect(outputs).not.toHaveProperty('cache-matched-key');
    });

    test('installs nothing and saves nothing after an exact hit', () => {
      expectGreen('two jobs/again');
      expect(run.job('two jobs/again').steps.map(({ id }) => id)).not.toContain('install');
      const post = run.step('two jobs/again', 'cache', 'Post');
      expect(post.log).toMatch(/Cache hit occurred on the primary key deps-[0-9a-f]{64}, not saving cache\./);
      expect(post.summary).toBe('');
    });

    test('saves what a prefix found and the job changed as a delta', () => {
      expectGreen('two jobs/delta');
      expect(run.step('two jobs/delta', 'cache').outputs).toMatchObject({ result: 'partial', 'cache-hit': 'false' });
      expect(run.step('two jobs/delta', 'cache', 'Post').summary).toContain('**delta**');
    });
  });

  describe('in a red job', () => {
    test('fail-on-cache-miss fails the step with the message of actions/cache', () => {
      expect(run.job('red/no-hit').result).toBe('failure');
      const strict = run.step('red/no-hit', 'strict');
      expect(strict.result).toBe('failure');
      expect(strict.annotations).toContainEqual(
        expect.objectContaining({
          level: 'error',
          message: expect.stringContaining(
            'Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: never-saved',
          ),
        }),
      );
      expect(strict.outputs).toMatchObject({ 'cache-primary-key': 'never-saved', result: 'miss' });
      expect(run.job('red/no-hit').steps.map(({ id }) => id)).not.toContain('after');
    });

    test('all wrong inputs stand in one message', () => {
      expect(run.job('red/wrong-inputs').result).toBe('failure');
      const errors = run.step('red/wrong-inputs', 'wrong').annotations.filter(({ level }) => level === 'error');
      expect(errors).toHaveLength(1);
      for (const text of [
        'store: got "s3://bucket/prefix"',
        'key: got "one,two"',
        'save: got "sometimes"',
        'retention-days: got "0"',
      ]) {
        expect(errors[0]?.message).toContain(text);
      }
    });

    test('only the step with save: always saves', () => {
      expect(run.job('red/fails').result).toBe('failure');
      expect(run.step('red/fails', 'tests').result).toBe('failure');
      expect(run.step('red/fails', 'always', 'Post').summary).toContain('`red-always`: **new**');
      expect(run.step('red/fails', 'plain', 'Post').summary).toBe('');
      expectGreen('red/afterwards');
      expect(run.step('red/afterwards', 'always').outputs['result']).toBe('exact');
      expect(run.step('red/afterwards', 'plain').outputs['result']).toBe('miss');
    });

    test('no post step runs where none asked for it', () => {
      expect(run.job('red/fails-without-always').result).toBe('failure');
      expect(run.job('red/fails-without-always').steps.filter(({ stage }) => stage === 'Post')).toEqual([]);
      expect(run.step('red/afterwards', 'without-always').outputs['result']).toBe('miss');
    });
  });

  describe('in a composite inside a composite', () => {
    test.each([
      ['an input', 'from-input'],
      ['the output of a step', 'from-output'],
    ])('saves and restores a path from %s', (_, id) => {
      expectGreen('nested/save');
      expectGreen('nested/restore');
      const cache = `outer/${id}/cache`;
      expect(run.step('nested/save', cache).outputs['result']).toBe('miss');
      const posts = run.job('nested/save').steps.filter(({ stage }) => stage === 'Post');
      expect(posts.map(({ summary }) => summary)).toContainEqual(expect.stringContaining(`\`nested-${id}\`: **new**`));
      expect(run.step('nested/restore', cache).outputs).toMatchObject({ result: 'exact', 'cache-hit': 'true' });
      expect(run.step('nested/restore', 'outer').outputs[id]).toBe('exact');
    });
  });

  test('reads paths against the workspace whatever defaults.run.working-directory says', () => {
    expectGreen('working directory/save');
    expectGreen('working directory/restore');
    expect(run.step('working directory/restore', 'cache').outputs['result']).toBe('exact');
  });

  test('S2-21: restore-cache and save-cache with paths, on a self-hosted runner', () => {
    expectGreen('restore and save/first');
    expect(run.step('restore and save/first', 'save').outputs).toMatchObject({ result: 'new' });
    expectGreen('restore and save/second');
    expect(run.step('restore and save/second', 'restore').outputs).toMatchObject({ 'cache-hit': 'true' });
    expect(run.step('restore and save/second', 'save').outputs).toMatchObject({ result: 'skipped', reason: 'exists' });
    expect(run.job('restore and save/second').steps.map(({ id }) => id)).not.toContain('install');
  });

  test('runs on the Node that the actions declare', () => {
    expect(run.step('two jobs/save', 'node').log).toMatch(/^v24\./);
  });

  test('leaves a store that verifies, no token in what people see, and no folder behind', async () => {
    expect(await place.problems()).toEqual([]);
    expect([...run.jobs.values()].map(showJob).join('\n')).not.toContain('ghs_notForTheLog');
    expect(run.leftovers()).toEqual([]);
  });
});
