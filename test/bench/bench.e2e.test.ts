import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parseOptions, SCENARIOS } from './options.ts';
import { pairRatios, spread } from './report.ts';

const BENCH = fileURLToPath(new URL('bench.ts', import.meta.url));

describe('spread and pairRatios', () => {
  test('take the middle, of an even count the mean of both', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4 });
  });

  test('form ratios round by round, not of the medians', () => {
    expect(pairRatios([1, 10, 100], [2, 5, 100])).toEqual({ median: 1, least: 0.5, most: 2 });
  });
});

describe('parseOptions', () => {
  test('keeps the order of scenarios whatever the order of --only', () => {
    expect(parseOptions(['--only', 'miss, cold-save'])).toMatchObject({
      only: ['cold-save', 'miss'],
      runs: 5,
      scale: 1,
    });
  });

  test.each([
    [['--runs', '1.5'], '--runs is 1.5; expected a whole number from 1.'],
    [['--scale', '0'], '--scale is 0; expected a number from 0.001 to 10.'],
    [['--only', 'warm'], '--only names warm; expected any of cold-save'],
    [['--trees', 'tiny'], '--trees names tiny; expected any of many, large, real.'],
    [['--loud'], 'See npm run bench -- --help.'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

test('npm run bench measures every scenario on every tree, and leaves nothing behind', () => {
  const dir = mkdtempSync(join(tmpdir(), 'bench-e2e-'));
  try {
    const options = ['--scale', '0.003', '--runs', '1', '--trees', 'many,large', '--json', '--dir', dir];
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', BENCH, ...options], {
      encoding: 'utf8',
    });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      runs: 1,
      figures: ['many', 'large'].flatMap((tree) => SCENARIOS.map((scenario) => ({ tree, scenario }))),
    });
    expect(readdirSync(dir)).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
