// `npm run bench`: the built actions beside actions/cache, tar | zstd and cp -a on this machine; `--help` says how.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPrinter, type Printer } from '../demo/print.ts';
import type { Contender } from './contender.ts';
import {
  createBareNode,
  createCopy,
  createOursWithFolder,
  createOursWithRegistry,
  createPeer,
  createPipe,
} from './contenders.ts';
import type { ScenarioFigures } from './figures.ts';
import { LINK, type LinkName } from './links.ts';
import { type BenchOptions, HELP, parseOptions, UsageError } from './options.ts';
import { type Peer, peerName, readPeer } from './peer.ts';
import { profileScenario } from './profile.ts';
import { measurePromotions } from './promotions.ts';
import { describeMachine, type Machine, printFigures, printMachine, printPromotions } from './report.ts';
import { runScenario } from './run-scenario.ts';
import { createScenario } from './scenarios.ts';
import { registryName } from './services.ts';
import { openYard, type Yard } from './yard.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Of a tree of 1.1 GB at scale 1: the source, a place for each contender, stores, archives, and some air. */
const ROOM_BYTES = 12e9;
const LAYER_BYTES = 20 * 1024 * 1024;
let interrupted = false;

async function main(options: BenchOptions, print: Printer): Promise<void> {
  if (!existsSync(join(ROOT, 'dist', 'restore-cache', 'main.js')))
    throw new UsageError('dist/ is not built. Run npm run build.');
  const tools = { tar: version('tar'), zstd: version('zstd') };
  const peer = options.peer === undefined ? undefined : readPeer(resolve(options.peer));
  const parent = await chooseFolder(options);
  const base = await mkdtemp(join(parent, 'waybill-bench-'));
  // Once: a second one ends it on the spot. The commands that are measured get the terminal's interrupt as well.
  process.once('SIGINT', () => {
    interrupted = true;
  });
  try {
    const machine = describeMachine(tools, parent);
    if (!options.json) {
      printMachine(print, machine);
      if (peer !== undefined) print.plain(`Peer: ${peerName(peer)}`);
      if (options.stores.includes('oci')) print.plain(`Registry: ${registryName()}`);
    }
    if (options.images) {
      await measureImages(base, machine, options, print);
      return;
    }
    const figures: ScenarioFigures[] = [];
    for (const tree of options.trees) {
      progress(`${tree}: making the tree`);
      const folder = join(base, tree);
      await mkdir(folder);
      const yard = await openYard(ROOT, folder, tree, options);
      if (!options.json) print.plain(`\n${tree}: ${yard.tree.files} files, ${(yard.tree.bytes / 1e6).toFixed(0)} MB`);
      for (const link of options.links) {
        await withContenders(yard, link, peer, options, async (contenders) => {
          if (options.profile) await profile(yard, contenders, tree, options, print);
          else await measure(yard, contenders, tree, link, options, print, figures);
        });
      }
      await rm(folder, { recursive: true });
    }
    if (options.json && !options.profile) {
      const { runs, scale } = options;
      const told = peer === undefined ? undefined : { version: peer.version, commit: peer.commit };
      print.plain(
        JSON.stringify({ machine, peer: told, registry: registryName(), runs, scale, figures }, undefined, 2),
      );
    }
  } finally {
    await rm(base, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function measureImages(base: string, machine: Machine, options: BenchOptions, print: Printer): Promise<void> {
  const { runs, scale, json } = options;
  const layerBytes = Math.round(LAYER_BYTES * scale);
  const figures = await measurePromotions({ root: ROOT, base, runs, layerBytes, progress, check });
  if (json)
    print.plain(JSON.stringify({ machine, registry: registryName(), runs, scale, images: figures }, undefined, 2));
  else printPromotions(print, figures);
}

async function measure(
  yard: Yard,
  contenders: readonly Contender[],
  tree: string,
  link: LinkName,
  options: BenchOptions,
  print: Printer,
  all: ScenarioFigures[],
): Promise<void> {
  for (const name of options.only) {
    const { what } = LINK[link];
    const run = { tree, link: what, name, runs: options.runs, progress, check };
    const figures = await runScenario(createScenario(name, yard), contenders, run);
    all.push(figures);
    if (!options.json) printFigures(print, figures);
    for (const contender of contenders) {
      await contender.reset();
      await contender.clearPlace();
    }
  }
}

/** Those who take part over this link; ended in any case. */
async function withContenders(
  yard: Yard,
  link: LinkName,
  peer: Peer | undefined,
  { stores, beside, zstd }: BenchOptions,
  use: (contenders: readonly Contender[]) => Promise<void>,
): Promise<void> {
  const { shape } = LINK[link];
  const local = shape === undefined;
  const contenders: Contender[] = [];
  try {
    if (local && stores.includes('dir')) contenders.push(createOursWithFolder(ROOT, yard));
    if (stores.includes('oci')) contenders.push(await createOursWithRegistry(ROOT, yard, shape));
    if (peer !== undefined && beside.includes('peer')) contenders.push(await createPeer(peer, yard, shape));
    if (local && beside.includes('pipe')) contenders.push(createPipe(yard, zstd));
    if (local && beside.includes('copy')) contenders.push(createCopy(yard));
    if (local && beside.includes('node')) contenders.push(createBareNode(yard));
    await use(contenders);
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

async function profile(
  yard: Yard,
  [ours]: readonly Contender[],
  tree: string,
  options: BenchOptions,
  print: Printer,
): Promise<void> {
  if (ours === undefined) return;
  for (const name of options.only) {
    const folder = join(ROOT, '.cache', 'profiles', `${tree}-${name}`);
    const files = await profileScenario(createScenario(name, yard), ours, folder);
    print.plain(`${tree} · ${name} · ${ours.name}`);
    for (const file of files) print.plain(`  ${file}`);
  }
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
    throw new UsageError(`${tool} is missing, and others are measured with it. Install it (apt-get install ${tool}).`);
  return (
    stdout
      .trim()
      .split('\n')[0]
      ?.replace(/^\*+\s*|,? by .*$/g, '') ?? tool
  );
}

function check(): void {
  if (interrupted) throw new UsageError('Interrupted; nothing is left behind.');
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
