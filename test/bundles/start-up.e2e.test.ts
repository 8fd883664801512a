import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StepRun } from '@waybill/testing/action-runner';
import { openSite, ROOT, type Site } from './site.ts';

/** What only saving and restoring needs, in words that minifying keeps. */
const HEAVY = /zstd(Compress|Decompress)|@sigstore|octokit/;

describe('starting a step', () => {
  let site: Site;
  beforeAll(async () => {
    site = openSite();
    site.plant({ 'a.txt': 'one' });
    await site.step('save-cache', { key: 'k-1' });
  });
  afterAll(() => site.remove());

  const sources = (run: StepRun) =>
    run.modules.map((url) => fileURLToPath(url)).filter((file) => file.startsWith(join(ROOT, 'dist')));
  const heavy = (run: StepRun) => sources(run).filter((file) => HEAVY.test(readFileSync(file, 'utf8')));

  test.each([
    ['restore-cache', 'absent', {}],
    ['cache', 'absent', { save: 'never' }],
    ['restore-cache', 'k-1', { 'lookup-only': 'true' }],
  ])('%s of %s with %j loads nothing that only saving and restoring needs', async (action, key, inputs) => {
    const run = await site.step(action, { key, ...inputs }, 'light');
    expect(run.outcome).toBe('success');
    expect(sources(run)).not.toEqual([]);
    expect(heavy(run)).toEqual([]);
  });

  test('a restore does load it, so that the test above can fail', async () => {
    const run = await site.step('restore-cache', { key: 'k-1' }, 'heavy');
    expect(heavy(run)).not.toEqual([]);
  });

  test('a miss writes nothing outside the runner’s temp folder', async () => {
    await site.step('restore-cache', { key: 'absent' }, 'light');
    expect(readdirSync(site.workspace('light'))).toEqual([]);
  });
});
