import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fakeTools } from '@waybill/testing/tools';
import fc from 'fast-check';
import { deriveKey } from './derive-key.ts';
import { SKIPPED_FOLDERS } from './find-lockfiles.ts';
import type { KeySource } from './key-source.ts';

const TOOLS = {
  'node --version': 'v20.20.2\n',
  'go env GOVERSION': 'go1.26.8\n',
  'rustc -vV': 'release: 1.95.0\n',
  'python --version': 'Python 3.11.7\n',
};

const LOCKFILES = ['package-lock.json', 'go.sum', 'Cargo.lock', 'requirements.txt'];

/** What a key follows from: files by path, variables by name. */
interface State {
  readonly lockfiles: ReadonlyMap<string, string>;
  readonly sources: ReadonlyMap<string, string>;
  readonly variables: ReadonlyMap<string, string>;
  /** Named, and unset. */
  readonly unset: readonly string[];
}

/** What differs between two machines that hold the same state. Nothing of it may count. */
interface Machine {
  readonly place: string;
  readonly home: string;
  /** Sorts files and variables: the order in which they are made. */
  readonly shuffle: number;
  /** Seconds. */
  readonly mtime: number;
  /** Of the environment, besides. */
  readonly others: ReadonlyMap<string, string>;
  /** Folders that tools filled, each with a lockfile in it. */
  readonly built: readonly string[];
}

const word = fc.string({ unit: fc.constantFrom('a', 'B', '1', '-', '_'), minLength: 1, maxLength: 3 });
const folder = fc.array(word, { maxLength: 2 }).map((words) => words.map((each) => `d${each}`).join('/'));
const content = fc.string({ unit: fc.constantFrom('x', '\n', '\r', ':', ','), maxLength: 5 });

const lockfilePath = fc
  .tuple(folder, fc.constantFrom(...LOCKFILES))
  .map(([at, name]) => (at === '' ? name : `${at}/${name}`));

const anyState: fc.Arbitrary<State> = fc.record({
  // At least one at the top: it decides whose lockfiles count.
  lockfiles: fc
    .tuple(fc.constantFrom(...LOCKFILES), content, fc.array(fc.tuple(lockfilePath, content), { maxLength: 4 }))
    .map(([first, text, more]) => new Map([...more, [first, text]])),
  sources: fc
    .array(fc.tuple(word, content), { maxLength: 3 })
    .map((files) => new Map(files.map(([name, text]) => [`src/${name}`, text]))),
  variables: fc
    .array(fc.tuple(fc.constantFrom('CC', 'CFLAGS', 'MODE'), content), { maxLength: 2 })
    .map((all) => new Map(all)),
  unset: fc.subarray(['NOT_SET', 'NEITHER']),
});

const anyMachine: fc.Arbitrary<Machine> = fc.record({
  place: word.map((each) => `p${each}`),
  home: word.map((each) => `h${each}`),
  shuffle: fc.nat(1000),
  mtime: fc.integer({ min: 1, max: 2_000_000_000 }),
  others: fc.array(fc.tuple(fc.constantFrom('CI', 'GITHUB_RUN_ID', 'USER'), content)).map((all) => new Map(all)),
  built: fc.subarray([...SKIPPED_FOLDERS]),
});

/** In an order of the machine's own. */
function shuffled<T>(items: Iterable<T>, seed: number): readonly T[] {
  const all = [...items];
  return all
    .map((item, at) => ({ item, rank: ((at + 1) * (seed + 7) * 2_654_435_761) % 1009 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** The key of the state on the machine, which is made and taken away again. */
async function keyOn(state: State, machine: Machine): Promise<string> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'machines-')));
  try {
    const workspace = join(base, machine.place, 'app');
    const built = machine.built.map((each): [string, string] => [`${each}/left/package-lock.json`, 'of a dependency']);
    const files = [...state.lockfiles, ...state.sources, ...built];
    for (const [name, text] of shuffled(files, machine.shuffle)) {
      const file = join(workspace, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      utimesSync(file, machine.mtime, machine.mtime);
    }
    const names = [...state.variables.keys(), ...state.unset];
    const from: KeySource[] = [
      ...names.map((name) => ({ kind: 'env' as const, name })),
      ...[...state.sources.keys()].map((pattern) => ({ kind: 'file' as const, pattern })),
    ];
    const env = Object.fromEntries(shuffled([...machine.others, ...state.variables], machine.shuffle));
    const { key } = await deriveKey(
      {
        repository: 'octo-org/app',
        platform: 'linux-x64',
        auto: true,
        preset: undefined,
        from: shuffled(from, machine.shuffle),
        context: { workspace, home: join(base, machine.home), platform: process.platform },
      },
      { runTool: fakeTools(TOOLS).runTool, env },
    );
    return key;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** The state as one text: two are the same exactly where it is. */
function meaning({ lockfiles, sources, variables, unset }: State): string {
  const sorted = (map: ReadonlyMap<string, string>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const missing = unset.filter((name) => !variables.has(name)).toSorted();
  // Lockfiles count where their package manager has one at the top.
  const tops = [...lockfiles.keys()].filter((path) => !path.includes('/'));
  const counted = new Map([...lockfiles].filter(([path]) => tops.includes(path.split('/').at(-1) ?? '')));
  return JSON.stringify([sorted(counted), sorted(sources), sorted(variables), missing]);
}

/** The state with two lockfiles of one kind, two files and two variables that can be told apart. */
function withTwoOfEach(state: State): State {
  return {
    lockfiles: new Map([...state.lockfiles, ['go.sum', 'first'], ['other/go.sum', 'second']]),
    sources: new Map([...state.sources, ['src/first', '1'], ['src/second', '2']]),
    variables: new Map([...state.variables, ['FIRST', '1'], ['SECOND', '2']]),
    unset: [...new Set([...state.unset, 'NOT_SET'])],
  };
}

const changed = (map: ReadonlyMap<string, string>, ...entries: [string, string][]) => new Map([...map, ...entries]);
const renamed = (map: ReadonlyMap<string, string>, from: string, to: string) =>
  new Map([...map].map(([name, text]): [string, string] => [name === from ? to : name, text]));

/** Each turns one thing, and leaves the same names and texts as far as it can. */
const CHANGES: readonly (readonly [string, (state: State) => State])[] = [
  ['a lockfile has another content', (s) => ({ ...s, lockfiles: changed(s.lockfiles, ['go.sum', 'first\n']) })],
  ['a lockfile lies elsewhere', (s) => ({ ...s, lockfiles: renamed(s.lockfiles, 'other/go.sum', 'another/go.sum') })],
  [
    'two lockfiles have changed places',
    (s) => ({ ...s, lockfiles: changed(s.lockfiles, ['go.sum', 'second'], ['other/go.sum', 'first']) }),
  ],
  ['there is a lockfile more', (s) => ({ ...s, lockfiles: changed(s.lockfiles, ['third/go.sum', 'first']) })],
  ['a file has another name', (s) => ({ ...s, sources: renamed(s.sources, 'src/first', 'src/first-too') })],
  [
    'two files have changed places',
    (s) => ({ ...s, sources: changed(s.sources, ['src/first', '2'], ['src/second', '1']) }),
  ],
  [
    'two variables have changed values',
    (s) => ({ ...s, variables: changed(s.variables, ['FIRST', '2'], ['SECOND', '1']) }),
  ],
  ['a variable is empty that was unset', (s) => ({ ...s, variables: changed(s.variables, ['NOT_SET', '']) })],
  ['another variable is named', (s) => ({ ...s, unset: [...s.unset, 'NOT_NAMED_BEFORE'] })],
];

describe('a derived key', () => {
  test('is the same for the same state of the repository on any two machines (S2-11)', async () => {
    await fc.assert(
      fc.asyncProperty(anyState, anyMachine, anyMachine, async (state, one, other) => {
        expect(await keyOn(state, other)).toBe(await keyOn(state, one));
      }),
      { numRuns: 30 },
    );
  });

  test('is another one for any two different states, on whatever machines', async () => {
    await fc.assert(
      fc.asyncProperty(anyState, anyState, anyMachine, anyMachine, async (a, b, one, other) => {
        expect((await keyOn(a, one)) === (await keyOn(b, other))).toBe(meaning(a) === meaning(b));
      }),
      { numRuns: 30 },
    );
  });

  test.each(CHANGES)('is another one where %s', async (_, change) => {
    await fc.assert(
      fc.asyncProperty(anyState, anyMachine, async (state, machine) => {
        const before = withTwoOfEach(state);
        expect(await keyOn(change(before), machine)).not.toBe(await keyOn(before, machine));
      }),
      { numRuns: 5 },
    );
  });
});
