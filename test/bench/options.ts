import { parseArgs } from 'node:util';
import { LINKS, type LinkName } from './links.ts';

export const SCENARIOS = ['cold-save', 'cold-restore', 'delta-save', 'delta-renewed', 'warm-restore', 'miss'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];
export const TREES = ['many', 'large', 'real'] as const;
export type TreeName = (typeof TREES)[number];
export const STORES = ['dir', 'oci'] as const;
export type StoreName = (typeof STORES)[number];
export const BESIDE = ['peer', 'pipe', 'copy', 'node'] as const;
export type BesideName = (typeof BESIDE)[number];

export interface BenchOptions {
  readonly runs: number;
  readonly scale: number;
  readonly only: readonly ScenarioName[];
  readonly trees: readonly TreeName[];
  readonly stores: readonly StoreName[];
  readonly links: readonly LinkName[];
  readonly beside: readonly BesideName[];
  /** Folder of a checkout of actions/cache. */
  readonly peer: string | undefined;
  /** Where trees and stores lie while it runs; undefined: /dev/shm where there is room, else the system's temp folder. */
  readonly dir: string | undefined;
  /** Options for the pipe's zstd. */
  readonly zstd: string;
  readonly json: boolean;
  readonly profile: boolean;
  /** Images in the place of trees. */
  readonly images: boolean;
}

export const HELP = `npm run bench -- [options]: the built actions beside others who save and restore, on this machine.

  --peer DIR        a checkout of actions/cache, whose built actions run against a cache service that the bench starts
  --runs N          measured rounds of each scenario, after one that only warms up (5)
  --scale F         size of the generated trees; 1 is 90,000 files of 1.1 GB, and 4 files of 256 MiB (1)
  --only NAMES      scenarios, with commas: ${SCENARIOS.join(', ')} (all)
  --trees NAMES     trees, with commas: many (small files), large (few files), real (this project's packages) (all)
  --stores NAMES    our stores, with commas: dir (a folder), oci (a registry on loopback: docker-registry where it is on
                    PATH, else the tests' own) (all)
  --links NAMES     between the steps and their service, with commas: loopback (nothing), 1gbit (1 Gbit/s and 20 ms there and
                    back), 100mbit (100 Mbit/s and 50 ms); over a link only oci and the peer run (loopback)
  --beside NAMES    who else runs, with commas: peer (with --peer), pipe (tar | zstd), copy (cp -a), node (a bare Node) (all)
  --dir DIR         where trees and stores lie while it runs (/dev/shm where there is room, else the temp folder)
  --zstd OPTIONS    how the pipe compresses (-T0, as actions/cache does; --long=30 looks further back)
  --json            figures as one JSON document on stdout; progress goes to stderr in any case
  --profile         one run of each scenario under the profiler, of our first store; prints where the .cpuprofile files lie,
                    one of each thread, and measures nothing
  --images          in the place of trees an image of two platforms, five layers of 20 MiB each (at scale 1), with attestations:
                    promoted and copied to a new repository of one registry, beside crane, regctl and skopeo
  --help

Each round runs all contenders in turn, so that what the machine does meanwhile meets them alike. Ratios are formed round by round,
and their median is told. Wall time and cpu are the kernel's, of all threads and children; memory is that of all processes of a step
together. Requests and the bytes of their bodies are counted in the round that warms up.

  npm run bench -- --scale 0.1 --runs 3                        a first look, in under two minutes
  npm run bench -- --only cold-restore --trees many            the figure that matters most
  npm run bench -- --only delta-save --profile                 where its time goes
  npm run bench -- --images                                    requests and bytes of a promotion
  git clone --branch v5.0.5 --depth 1 https://github.com/actions/cache ../cache
  npm run bench -- --peer ../cache --links loopback,1gbit      beside the peer
`;

/** A command line that is wrong; the message says what is accepted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `help` where that is all that was asked for. */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = read(args);
  if (values.help) return 'help';
  const options: BenchOptions = {
    runs: number('runs', values.runs, (value) => Number.isInteger(value) && value >= 1, 'a whole number from 1'),
    scale: number('scale', values.scale, (value) => value >= 0.001 && value <= 10, 'a number from 0.001 to 10'),
    only: names('only', values.only, SCENARIOS),
    trees: names('trees', values.trees, TREES),
    stores: names('stores', values.stores, STORES),
    links: names('links', values.links ?? 'loopback', LINKS),
    beside: names('beside', values.beside, BESIDE),
    peer: values.peer,
    dir: values.dir,
    zstd: values.zstd,
    json: values.json,
    profile: values.profile,
    images: values.images,
  };
  if (values.beside !== undefined && options.beside.includes('peer') && options.peer === undefined)
    throw new UsageError('--beside names peer, and --peer does not say where it is.');
  if (options.links.some((link) => link !== 'loopback') && !options.stores.includes('oci'))
    throw new UsageError(
      `--links is ${values.links}, and --stores leaves oci out, which alone is reached over a link.`,
    );
  return options;
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        runs: { type: 'string', default: '5' },
        scale: { type: 'string', default: '1' },
        only: { type: 'string' },
        trees: { type: 'string' },
        stores: { type: 'string' },
        links: { type: 'string' },
        beside: { type: 'string' },
        peer: { type: 'string' },
        dir: { type: 'string' },
        zstd: { type: 'string', default: '-T0' },
        json: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        images: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\nSee npm run bench -- --help.`);
  }
}

function number(name: string, text: string, holds: (value: number) => boolean, expected: string): number {
  const value = Number(text);
  if (text.trim() === '' || !holds(value)) throw new UsageError(`--${name} is ${text}; expected ${expected}.`);
  return value;
}

function names<T extends string>(name: string, text: string | undefined, known: readonly T[]): readonly T[] {
  if (text === undefined) return known;
  const wanted = text.split(',').map((word) => word.trim());
  const wrong = wanted.filter((word) => !known.some((item) => item === word));
  if (wrong.length > 0)
    throw new UsageError(`--${name} names ${wrong.join(', ')}; expected any of ${known.join(', ')}.`);
  return known.filter((item) => wanted.includes(item));
}
