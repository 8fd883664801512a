// `npm run bench`: the built actions beside tar | zstd and cp -a on this machine; `--help` says how.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPrinter, type Printer } from '../demo/print.ts';
import type { Sample } from './measure.ts';
import { type BenchOptions, HELP, parseOptions, type ScenarioName, UsageError } from './options.ts';
import { describeMachine, printFigures, printMachine, type ScenarioFigures } from './report.ts';
import { createScenario, type Scenario } from './scenarios.ts';
import { openYard } from './yard.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Source, target, store, archive and some air, of trees of 1.1 GB at scale 1; the real tree needs less. */
const ROOM_BYTES = 5e9;
let interrupted = false;

async function main(options: BenchOptions, print: Printer): Promise<void> {
  if (!existsSync(join(ROOT, 'dist', 'restore-cache', 'main.js')))
    throw new UsageError('dist/ is not built. Run npm run build.');
  const tools = { tar: version('tar'), zstd: version('zstd') };
  const parent = await chooseFolder(options);
  const base = await mkdtemp(join(parent, 'waybill-bench-'));
  // Once: a second one ends it on the spot. The commands that are measured get the terminal's interrupt as well.
  process.once('SIGINT', () => {
    interrupted = true;
  });
  try {
    const machine = describeMachine(tools, parent);
    if (!options.json) printMachine(print, machine);
    const all: ScenarioFigures[] = [];
    for (const tree of options.trees) {
      progress(`${tree}: making the tree`);
      const folder = join(base, tree);
      await mkdir(folder);
      const yard = await openYard(ROOT, folder, tree, options);
      if (!options.json) print.plain(`\n${tree}: ${yard.tree.files} files, ${(yard.tree.bytes / 1e6).toFixed(0)} MB`);
      for (const name of options.only) {
        const scenario = createScenario(name, yard, options.zstd);
        if (options.profile) {
          await profile(scenario, tree, name, print);
          continue;
        }
        const figures = await runScenario(scenario, tree, name, options.runs);
        all.push(figures);
        if (!options.json) printFigures(print, figures);
      }
      await rm(folder, { recursive: true });
    }
    if (options.json)
      print.plain(JSON.stringify({ machine, runs: options.runs, scale: options.scale, figures: all }, undefined, 2));
  } finally {
    await rm(base, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** One round that only warms up, then the measured ones, all contenders in turn. */
async function runScenario(
  scenario: Scenario,
  tree: string,
  name: ScenarioName,
  runs: number,
): Promise<ScenarioFigures> {
  const samples = scenario.contenders.map((): Sample[] => []);
  const stored = scenario.contenders.map((): number[] => []);
  const floors: number[] = [];
  let floorName = '';
  progress(`${tree} · ${name}: setting up`);
  await scenario.setUp?.();
  for (let round = 0; round <= runs; round++) {
    progress(`${tree} · ${name}: ${round === 0 ? 'warming up' : `round ${round} of ${runs}`}`);
    await scenario.prepare?.(round);
    for (const [index, contender] of scenario.contenders.entries()) {
      await contender.prepare?.();
      if (interrupted) throw new UsageError('Interrupted; nothing is left behind.');
      const { wallMs, cpuMs, peakBytes } = await contender.run();
      if (round === 0) continue;
      samples[index]?.push({ wallMs, cpuMs, peakBytes });
      if (contender.stored !== undefined) stored[index]?.push(contender.stored());
    }
    const floor = scenario.floor?.();
    if (round > 0 && floor !== undefined) {
      floorName = floor.what;
      floors.push(floor.bytes);
    }
  }
  return {
    tree,
    scenario: name,
    what: scenario.what,
    contenders: scenario.contenders.map((contender, index) => ({
      name: contender.name,
      samples: samples[index] ?? [],
      stored: stored[index] ?? [],
    })),
    ...(floors.length === 0 ? {} : { floor: { what: floorName, bytes: floors } }),
  };
}

/** Ours once to warm up and once under the profiler; a worker thread writes a profile of its own. */
async function profile(scenario: Scenario, tree: string, name: ScenarioName, print: Printer): Promise<void> {
  const folder = join(ROOT, '.cache', 'profiles', `${tree}-${name}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await scenario.setUp?.();
  const [ours] = scenario.contenders;
  for (const nodeOptions of [[], ['--cpu-prof', `--cpu-prof-dir=${folder}`]]) {
    await scenario.prepare?.(nodeOptions.length);
    await ours?.prepare?.();
    await ours?.run(nodeOptions);
  }
  print.plain(`${tree} · ${name}:`);
  for (const file of await readdir(folder)) print.plain(`  ${join(folder, file)}`);
}

async function chooseFolder(options: BenchOptions): Promise<string> {
  if (options.dir !== undefined) {
    if (!existsSync(options.dir)) throw new UsageError(`--dir is ${options.dir}, which does not exist.`);
    return options.dir;
  }
  const needed = Math.max(1e9, ROOM_BYTES * options.scale);
  if (existsSync('/dev/shm')) {
    const { bavail, bsize } = await statfs('/dev/shm');
    if (bavail * bsize > needed) return '/dev/shm';
  }
  return tmpdir();
}

function version(tool: string): string {
  const { error, stdout } = spawnSync(tool, ['--version'], { encoding: 'utf8' });
  if (error !== undefined)
    throw new UsageError(`${tool} is missing, and is one of the peers. Install it (apt-get install ${tool}).`);
  return (
    stdout
      .trim()
      .split('\n')[0]
      ?.replace(/^\*+\s*|,? by .*$/g, '') ?? tool
  );
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

const print = createPrinter(process.stdout, process.env);
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') print.plain(HELP);
  else await main(options, print);
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1;
  if (error instanceof UsageError) progress(error.message);
  else progress(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
