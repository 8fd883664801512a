import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ActSite, openActSite } from './act.ts';
import { type ActRun, showJob } from './act-run.ts';

const REPOSITORY = fileURLToPath(new URL('fixtures/setup', import.meta.url));

describe('the action setup in workflows', () => {
  let site: ActSite;
  let run: ActRun;
  beforeAll(async () => {
    site = openActSite();
    run = await site.run({ repository: REPOSITORY, env: { OTHER: `dir:${join(site.base, 'other')}` } });
  });
  afterAll(() => site?.remove());

  function expectGreen(name: string) {
    const job = run.job(name);
    expect(job.result === 'success' ? 'success' : showJob(job)).toBe('success');
  }
  const log = (id: string, job = 'setup/commands') => run.step(job, id).log;

  test('later steps find waybill on PATH, in every shell, and its version is that of the release', () => {
    expectGreen('setup/commands');
    const { version, path } = run.step('setup/commands', 'setup').outputs;
    expect(version).toBe('1.0.0');
    expect(path).toMatch(/^\/.*\/waybill-cli\/waybill$/);
    for (const id of ['version', 'sh', 'path']) expect(log(id).trim()).toBe('1.0.0');
  });

  test('waybill cache list --json and waybill doctor answer for the store of the job', () => {
    expect(JSON.parse(log('empty'))).toEqual({ store: `dir:${site.store}`, total: 0, entries: [] });
    expect(log('doctor')).toContain('node        Node 24.');
    expect(log('doctor')).toContain(`store       dir:${site.store} (named by WAYBILL_STORE)`);
    expect(log('doctor')).toContain('github      run of octo-org/app, refs/heads/main');
    expect(log('doctor')).toContain('0 problems');
  });

  test('what a command saves an action restores (S2-23)', () => {
    expect(JSON.parse(log('save'))).toMatchObject({ result: 'new' });
    expectGreen('setup/action-after-command');
    expect(run.step('setup/action-after-command', 'restore').outputs).toMatchObject({ result: 'exact' });
  });

  test('its store counts for the commands and the actions of the job, and for no other job', () => {
    expectGreen('setup/own-store');
    expect(run.step('setup/own-store', 'save').outputs).toMatchObject({ result: 'new' });
    expect(JSON.parse(log('list', 'setup/own-store'))).toMatchObject({
      store: `dir:${join(site.base, 'other')}`,
      entries: [{ key: 'made-2' }],
    });
    expect(JSON.parse(log('empty'))).toMatchObject({ store: `dir:${site.store}` });
  });

  test('a wrong store fails its own step', () => {
    expect(run.job('setup/wrong').result).toBe('failure');
    expect(run.step('setup/wrong', 'setup').annotations).toEqual([
      expect.objectContaining({
        level: 'error',
        title: 'INPUT_INVALID',
        message: expect.stringContaining('ftp://host'),
      }),
    ]);
  });
});
