import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { storeProblems } from '../bundles/site.ts';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/keys', import.meta.url));

/** A preset, its key, and the tool that it depends on. */
const PRESETS = [
  ['npm', /^deps:octo-org\/app:linux-[^:]+:node-24:3-lockfiles-[0-9a-f]{12}:[0-9a-f]{64}$/, 'node'],
  ['go', /^deps:octo-org\/app:linux-[^:]+:go-1\.[^:]+:go\.sum:[0-9a-f]{64}$/, 'go'],
  ['pip', /^deps:octo-org\/app:linux-[^:]+:python-3\.\d+:requirements\.txt:[0-9a-f]{64}$/, 'python'],
] as const;

describe('keys that derive themselves, in workflows', () => {
  let site: ActSite;
  let run: ActRun;
  beforeAll(async () => {
    site = openActSite();
    const npm = { npm_config_offline: 'true', npm_config_update_notifier: 'false' };
    run = await site.run({ repository: REPOSITORY, env: { ...npm, GOPROXY: 'off', GOTOOLCHAIN: 'local' } });
  });
  afterAll(() => site?.remove());

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }

  describe.each(PRESETS)('preset: %s', (preset, key, tool) => {
    test('finds nothing in the first job, and saves what the tool says is its cache', () => {
      expectGreen(`presets/${preset}`);
      const { outputs, log } = run.step(`presets/${preset}`, 'cache');
      expect(outputs).toMatchObject({ result: 'miss', 'cache-primary-key': expect.stringMatching(key) });
      expect(log).toMatch(new RegExp(`^tool ${tool} +\\d`, 'm'));
      expect(run.step(`presets/${preset}`, 'cache', 'Post').summary).toContain('**new**');
    });

    test('has an exact hit in the second', () => {
      expectGreen(`presets/${preset}-again`);
      const first = run.step(`presets/${preset}`, 'cache').outputs['cache-primary-key'];
      const { outputs } = run.step(`presets/${preset}-again`, 'cache');
      expect(outputs).toMatchObject({ result: 'exact', 'cache-hit': 'true', 'cache-primary-key': first });
    });

    test('finds the older entry where the lockfile has changed, by a restore-key', () => {
      expectGreen(`presets/${preset}-changed`);
      const first = run.step(`presets/${preset}`, 'cache').outputs['cache-primary-key'];
      const { outputs } = run.step(`presets/${preset}-changed`, 'cache');
      expect(outputs).toMatchObject({ result: 'partial', reason: 'restore-key', 'cache-matched-key': first });
      expect(outputs['cache-primary-key']).toMatch(key);
      expect(outputs['cache-primary-key']).not.toBe(first);
    });
  });

  test('go compiles nothing that was restored', () => {
    expect(run.step('presets/go', 'build').log).toMatch(/\/compile\b/);
    expect(run.step('presets/go-again', 'build').log).not.toMatch(/\/compile\b/);
    expect(run.step('presets/go-changed', 'build').log).not.toMatch(/\/compile\b/);
  });

  describe('in a monorepo', () => {
    test('key: auto counts every lockfile, and the tools that those at the top call for', () => {
      expectGreen('monorepo/first');
      expectGreen('monorepo/again');
      const { outputs } = run.step('monorepo/first', 'all');
      expect(outputs['cache-primary-key']).toMatch(/:go-[^:+]+\+node-24\+python-3\.\d+:5-lockfiles-[0-9a-f]{12}:/);
      expect(run.step('monorepo/again', 'all').outputs['result']).toBe('exact');
    });

    test('S2-34: the lockfile of one package leaves the key of another as it was', () => {
      expectGreen('monorepo/changed');
      expect(run.step('monorepo/changed', 'all').outputs).toMatchObject({ result: 'partial', reason: 'restore-key' });
      expect(run.step('monorepo/changed', 'one').outputs).toMatchObject({ result: 'exact', 'cache-hit': 'true' });
    });
  });

  test('save-cache derives the key that restore-cache derived, after a build that left lockfiles behind', () => {
    expectGreen('restore and save/first');
    expect(run.step('restore and save/first', 'save').outputs['result']).toBe('new');
    expectGreen('restore and save/second');
    expect(run.step('restore and save/second', 'restore').outputs).toMatchObject({
      result: 'exact',
      'cache-primary-key': run.step('restore and save/first', 'restore').outputs['cache-primary-key'],
    });
  });

  test('a workspace without what the key follows from fails the step, with one message', () => {
    expect(run.job('restore and save/wrong').result).toBe('failure');
    const errors = run.step('restore and save/wrong', 'cache').annotations.filter(({ level }) => level === 'error');
    expect(errors).toEqual([expect.objectContaining({ title: 'KEY_NOT_DERIVED' })]);
    expect(errors[0]?.message).toContain('key-from: file:nowhere: there is no such file');
  });

  test('a tool that hangs costs the cache and not the job', () => {
    expectGreen('restore and save/hangs');
    const { outputs, annotations } = run.step('restore and save/hangs', 'cache');
    expect(outputs).toMatchObject({ result: 'error', reason: 'timeout' });
    expect(outputs).not.toHaveProperty('cache-primary-key');
    expect(annotations).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining('`cargo --version` did not end within 10 s'),
      }),
    ]);
    expect(run.step('restore and save/hangs', 'cache', 'Post').log).toContain('nothing is saved');
  });

  test('leaves a store that verifies', () => {
    expect(storeProblems(site.store)).toEqual([]);
  });
});
