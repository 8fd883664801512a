import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { formRatios, pairRatios, spread } from './figures.ts';
import { parseOptions, SCENARIOS } from './options.ts';
import { readPeer } from './peer.ts';
import type { PromotionFigures } from './promotions.ts';

const BENCH = fileURLToPath(new URL('bench.ts', import.meta.url));
const STAND_IN = fileURLToPath(new URL('stand-in-peer', import.meta.url));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bench-e2e-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('figures', () => {
  test('take the middle, of an even count the mean of both', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4 });
  });

  test('form ratios round by round, not of the medians', () => {
    expect(pairRatios([1, 10, 100], [2, 5, 100])).toEqual({ median: 1, least: 0.5, most: 2 });
  });

  test('set each of ours against each of the others, and leave out what one of them lacks', () => {
    const sample = { wallMs: 1, cpuMs: 2, peakBytes: 4 };
    const half = { wallMs: 2, cpuMs: 4, peakBytes: 8 };
    const ratios = formRatios([
      { name: 'a', ours: true, samples: [sample], stored: [10], counts: { requests: 6, up: 10, down: 20 } },
      { name: 'b', ours: true, samples: [sample], stored: [] },
      { name: 'x', ours: false, samples: [half], stored: [40], counts: { requests: 3, up: 100, down: 20 } },
      { name: 'y', ours: false, samples: [half], stored: [] },
    ]);
    expect(ratios.map(({ ours, theirs }) => ours + theirs)).toEqual(['ax', 'ay', 'bx', 'by']);
    const one = (value: number) => ({ median: value, least: value, most: value });
    const times = { wall: one(0.5), cpu: one(0.5), peak: one(0.5) };
    expect(ratios[0]).toEqual({ ours: 'a', theirs: 'x', ...times, stored: one(0.25), requests: 2, moved: 0.25 });
    expect(ratios[3]).toEqual({ ours: 'b', theirs: 'y', ...times });
  });
});

describe('parseOptions', () => {
  test('keeps the order of scenarios whatever the order of --only', () => {
    expect(parseOptions(['--only', 'miss, cold-save'])).toMatchObject({
      only: ['cold-save', 'miss'],
      runs: 5,
      scale: 1,
      stores: ['dir', 'oci'],
      links: ['loopback'],
      peer: undefined,
    });
  });

  test.each([
    [['--runs', '1.5'], '--runs is 1.5; expected a whole number from 1.'],
    [['--scale', '0'], '--scale is 0; expected a number from 0.001 to 10.'],
    [['--only', 'warm'], '--only names warm; expected any of cold-save'],
    [['--trees', 'tiny'], '--trees names tiny; expected any of many, large, real.'],
    [['--links', 'modem'], '--links names modem; expected any of loopback, 1gbit, 100mbit.'],
    [['--stores', 'dir', '--links', '1gbit'], '--links is 1gbit, and --stores leaves oci out'],
    [['--beside', 'peer'], '--beside names peer, and --peer does not say where it is.'],
    [['--loud'], 'See npm run bench -- --help.'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

describe('readPeer', () => {
  test('tells version and commit of a checkout, and no commit of a folder in somebody else’s', () => {
    expect(readPeer(STAND_IN)).toEqual({ folder: STAND_IN, version: '1.2.3', commit: undefined });
    cpSync(STAND_IN, join(dir, 'peer'), { recursive: true });
    const git = (...args: string[]) =>
      spawnSync('git', ['-C', join(dir, 'peer'), '-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args]);
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    expect(readPeer(join(dir, 'peer'))).toMatchObject({
      version: '1.2.3',
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    for (const tag of ['v1', 'v1.2.4', 'a']) git('tag', tag);
    expect(readPeer(join(dir, 'peer')).version).toBe('v1.2.4');
  });

  test('refuses what is no checkout', () => {
    writeFileSync(join(dir, 'package.json'), '{}');
    expect(() => readPeer(dir)).toThrow(`--peer is ${dir}, where save/action.yml is missing`);
  });
});

interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(...options: readonly string[]): Told {
  const args = ['--conditions=source', BENCH, '--scale', '0.003', '--runs', '1', '--dir', dir, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr: status === 0 ? '' : stderr };
}

test('npm run bench measures every scenario on every tree without a peer, and leaves nothing behind', () => {
  const { stdout, ...ended } = bench('--trees', 'many,large', '--json');
  expect(ended).toEqual({ status: 0, stderr: '' });
  const all = ['waybill, dir:', 'waybill, oci:', 'tar and zstd'];
  const names = {
    'cold-save': all,
    'cold-restore': [...all, 'cp -a'],
    'delta-save': all,
    'delta-renewed': all,
    'warm-restore': all,
    miss: ['waybill, dir:', 'waybill, oci:', 'node -e 0'],
  };
  expect(JSON.parse(stdout)).toMatchObject({
    runs: 1,
    figures: ['many', 'large'].flatMap((tree) =>
      SCENARIOS.map((scenario) => ({
        tree,
        scenario,
        link: 'loopback, straight',
        contenders: names[scenario].map((name) => ({ name, samples: [expect.anything()] })),
      })),
    ),
  });
  expect(readdirSync(dir)).toEqual([]);
});

test('with a peer it runs it against a cache service, over a link as well, and counts what went through', () => {
  const { stdout, ...ended } = bench('--trees', 'many', '--peer', STAND_IN, '--links', '1gbit', '--json');
  expect(ended).toEqual({ status: 0, stderr: '' });
  const told: unknown = JSON.parse(stdout);
  expect(told).toMatchObject({ peer: { version: '1.2.3' } });
  const requests = {
    'cold-save': 3,
    'cold-restore': 2,
    'delta-save': 3,
    'delta-renewed': 3,
    'warm-restore': 2,
    miss: 1,
  };
  const saves = ['cold-save', 'delta-save', 'delta-renewed'];
  const peer = (scenario: (typeof SCENARIOS)[number]) => ({
    name: 'peer',
    ours: false,
    counts: { requests: requests[scenario] },
    stored: saves.includes(scenario) ? [expect.any(Number)] : [],
  });
  const ratios = (scenario: string) => ({
    requests: expect.any(Number),
    moved: expect.any(Number),
    ...(saves.includes(scenario) ? { stored: { median: expect.any(Number) } } : {}),
  });
  const oci = { name: 'waybill, oci:', ours: true, counts: { requests: expect.any(Number) } };
  expect(told).toMatchObject({
    figures: [
      ...SCENARIOS.map((scenario) => ({
        scenario,
        link: '1 Gbit/s and 20 ms',
        contenders: [oci, peer(scenario)],
        ratios: [{ ours: 'waybill, oci:', theirs: 'peer', ...ratios(scenario) }],
      })),
    ],
  });
  expect(readdirSync(dir)).toEqual([]);
});

test('a peer that does not do its work ends the bench, and no figure stands for it', () => {
  cpSync(STAND_IN, join(dir, 'peer'), { recursive: true });
  writeFileSync(join(dir, 'peer', 'restore.ts'), 'console.log("::warning::Failed to restore");');
  const peer = ['--peer', join(dir, 'peer'), '--trees', 'many', '--only', 'miss'];
  const { status, stdout, stderr } = bench(...peer);
  expect([status, stdout.includes('requests')]).toEqual([1, false]);
  expect(stderr).toMatch(/peer: restore: success, nothing; expected nothing[\s\S]*Failed to restore/);
  expect(readdirSync(dir)).toEqual(['peer']);
});

test('a table tells of everybody, and sets ours beside the others', () => {
  const { stdout, ...ended } = bench('--trees', 'many', '--only', 'cold-save', '--peer', STAND_IN);
  expect(ended).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Peer: actions\/cache 1\.2\.3 \(no commit: not a git checkout\)$/m);
  const wall = '[\\d.]+ m?s';
  const size = '[\\d.]+ k?M?B';
  const ratio = '[\\d.]+';
  const spreads = ` +${ratio} \\(${ratio}–${ratio}\\)`.repeat(2);
  const line = (...columns: string[]) => new RegExp(`^  ${columns.join(' +')}$`, 'm');
  expect(stdout).toMatch(line('peer', wall, `${wall}–${wall}`, wall, size, size, '3', size, size));
  expect(stdout).toMatch(line(`waybill, dir: by peer${spreads}`, ratio, ratio, ''));
  expect(stdout).toMatch(line(`waybill, oci: by peer${spreads}`, ratio, ratio, ratio, ratio));
});

test('--profile writes what each thread did', () => {
  const { stdout, ...ended } = bench(
    ...['--profile', '--trees', 'many', '--stores', 'dir', '--only', 'cold-save', '--scale', '0.04'],
  );
  expect(ended).toEqual({ status: 0, stderr: '' });
  const files = stdout.split('\n').flatMap((line) => /^ {2}(\/.*\.cpuprofile)$/.exec(line)?.[1] ?? []);
  expect(files.some((file) => basename(file).startsWith('CPU.'))).toBe(true);
  const threads = files.filter((file) => basename(file).startsWith('thread-'));
  expect(threads.map((file) => readFileSync(file, 'utf8').includes('"functionName":"compressFrame"'))).toContain(true);
  expect(readdirSync(dir)).toEqual([]);
});

test('--images counts what a promotion asks of a registry, beside crane, regctl and skopeo', () => {
  const { stdout, ...ended } = bench('--images', '--runs', '1', '--json');
  expect(ended).toEqual({ status: 0, stderr: '' });
  const { images } = JSON.parse(stdout) as { images: readonly PromotionFigures[] };
  const [promote, copy, ...others] = images;
  expect(others.map(({ name }) => name)).toEqual(['crane copy', 'regctl image copy --referrers', 'skopeo copy --all']);
  for (const each of images) {
    expect(each.samples).toHaveLength(1);
    expect(each.first.requests).toBeGreaterThan(each.again.requests);
  }
  for (const ours of [promote, copy]) {
    expect(ours?.first.requests).toBeLessThanOrEqual(40);
    // Manifests, the index of referrers, a tag: no layer.
    expect(ours?.first.up).toBeLessThan(10_000);
  }
  expect(promote?.again.requests).toBeLessThanOrEqual(6);
  expect(images.map(({ attached }) => attached)).toEqual([1, 1, 0, 1, 0]);
  expect(readdirSync(dir)).toEqual([]);
});
