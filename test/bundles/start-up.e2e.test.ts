import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StepRun } from '@waybill/testing/action-runner';
import { startFakeRegistry } from '@waybill/testing/registry';
import { openSite, ROOT, type Site } from './site.ts';

/** What only saving and restoring needs, in words that minifying keeps. */
const HEAVY = /zstd(Compress|Decompress)|@sigstore|octokit/;

/** What only deriving a key needs: its format, and what tools are told. */
const DERIVING = /waybill-key-1|COREPACK_ENABLE_DOWNLOAD_PROMPT/;

/** What only a registry needs. */
const REGISTRY = /docker-credential-|Www-Authenticate/i;

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
  const holding = (run: StepRun, words: RegExp) =>
    sources(run).filter((file) => words.test(readFileSync(file, 'utf8')));
  const heavy = (run: StepRun) => holding(run, HEAVY);

  test.each([
    ['restore-cache', 'absent', {}],
    ['cache', 'absent', { save: 'never' }],
    ['restore-cache', 'k-1', { 'lookup-only': 'true' }],
  ])('%s of %s with %j loads nothing that only saving and restoring needs', async (action, key, inputs) => {
    const run = await site.step(action, { key, ...inputs }, 'light');
    expect(run.outcome).toBe('success');
    expect(sources(run)).not.toEqual([]);
    expect(heavy(run)).toEqual([]);
    expect(holding(run, DERIVING)).toEqual([]);
    expect(holding(run, REGISTRY)).toEqual([]);
  });

  test('a restore does load it, so that the test above can fail', async () => {
    const run = await site.step('restore-cache', { key: 'k-1' }, 'heavy');
    expect(heavy(run)).not.toEqual([]);
  });

  test('a miss with a derived key loads what derives it, and nothing else that is heavy', async () => {
    const run = await site.step('restore-cache', { key: '', 'key-from': 'env:NONE\ntool:node' }, 'light');
    expect(run.outputs['cache-primary-key']).toMatch(/^deps:/);
    expect(holding(run, DERIVING)).not.toEqual([]);
    expect(heavy(run)).toEqual([]);
  });

  test('a miss over a registry loads what speaks to it, and nothing else that is heavy', async () => {
    const registry = await startFakeRegistry();
    try {
      const run = await site.step('restore-cache', { key: 'absent', store: `oci://${registry.host}/cache` }, 'light');
      expect(run.outputs['result']).toBe('miss');
      expect(holding(run, REGISTRY)).not.toEqual([]);
      expect(heavy(run)).toEqual([]);
    } finally {
      await registry.stop();
    }
  });

  test('a miss writes nothing outside the runner’s temp folder', async () => {
    await site.step('restore-cache', { key: 'absent' }, 'light');
    expect(readdirSync(site.workspace('light'))).toEqual([]);
  });
});
