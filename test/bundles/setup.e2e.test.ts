import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StepRun } from '@waybill/testing/action-runner';
import { makeManyFiles } from '@waybill/testing/trees';
import { openSite, ROOT, type Site, shown, told } from './site.ts';

describe('the bundle of setup', () => {
  let site: Site;
  let run: StepRun;
  beforeAll(async () => {
    site = openSite();
    const job = await site.job({ env: { WAYBILL_STORE: `dir:${site.store}` } });
    run = await job.run({ action: 'setup' });
    await job.finish();
  });
  afterAll(() => site.remove());

  /** As a `run:` step of the same job has it. */
  function waybill(...args: string[]) {
    const [folder = ''] = run.path;
    const { status, stdout, stderr } = spawnSync('waybill', args, {
      cwd: site.workspace(),
      env: {
        PATH: [folder, process.env['PATH']].join(delimiter),
        HOME: join(site.base, 'home'),
        RUNNER_TEMP: join(folder, '..'),
        WAYBILL_STORE: `dir:${site.store}`,
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'octo-org/app',
        GITHUB_REF: 'refs/heads/main',
      },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  test('puts a program on PATH that says the version of dist, and nothing outside the temp folder', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'dist', 'package.json'), 'utf8')) as { version: string };
    expect(`${run.outcome}\n${shown(run)}`).toMatch(/^success\n/);
    expect(run.path).toEqual([join(site.base, 'temp-1', 'waybill-cli')]);
    expect(run.outputs).toEqual({ version, path: join(site.base, 'temp-1', 'waybill-cli', 'waybill') });
    expect(waybill('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('loads nothing of the cache to do so', () => {
    const loaded = run.modules.filter((url) => url.includes('/dist/')).map((url) => readFileSync(new URL(url), 'utf8'));
    expect(loaded.length).toBeGreaterThan(1);
    expect(loaded.filter((text) => /zstd(Compress|Decompress)|docker-credential-/.test(text))).toEqual([]);
  });

  test('its worker threads are those of the bundle: a tree worth several is saved by it and restored by an action', async () => {
    const tree = join(site.workspace(), 'tree');
    await makeManyFiles({ dir: tree, seed: 3, files: 2000, folders: 100, totalBytes: 40_000_000 });
    const saved = waybill('cache', 'save', 'many-1', 'tree', '--json');
    expect(saved.status === 0 ? '' : saved.stderr).toBe('');
    rmSync(tree, { recursive: true });
    expect(told(await site.step('restore-cache', { key: 'many-1' }))).toBe('exact/');
    expect(waybill('cache', 'verify')).toMatchObject({ status: 0 });
  });

  test('help tells the exit codes, and a miss ends with its own', () => {
    expect(waybill('--help').stdout).toMatch(/Exit codes:\n +0 {2}done\n +1 {2}nothing was found\n/);
    expect(waybill('cache', 'restore', 'none', 'tree').status).toBe(1);
  });
});
