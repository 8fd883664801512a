import { chmodSync, closeSync, futimesSync, mkdirSync, openSync, symlinkSync, utimesSync, writeSync } from 'node:fs';
import { lutimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, type Random } from './random.ts';
import { createTextFiller, makeSharedText, makeWord } from './text.ts';

export interface ManyFilesOptions {
  /** The folder to make; its parent must exist, itself must not. */
  readonly dir: string;
  readonly seed: number;
  readonly files: number;
  readonly folders: number;
  /** Sum of all file sizes, met exactly. At least one byte a file. */
  readonly totalBytes: number;
}

export interface GeneratedTree {
  readonly dir: string;
  readonly files: number;
  readonly folders: number;
  readonly symlinks: number;
  readonly bytes: number;
  /** Top folders that belong together, relative to `dir`, with `/`. */
  readonly packages: readonly string[];
}

/** 2026-01-01T00:00:00Z; files are up to 60 days older. */
export const NEWEST_MTIME_S = 1_767_225_600;
const FOLDERS_A_PACKAGE = 10;
const LARGEST_FILE = 24 * 2 ** 20;
const FOLDER_NAMES = ['lib', 'dist', 'src', 'esm', 'cjs', 'types', 'test', 'docs', 'internal', 'fixtures'];
const TEXT_ENDINGS = ['.js', '.js', '.js', '.d.ts', '.d.ts', '.js.map', '.mjs', '.cjs', '.json', '.md', '.ts', ''];
const BINARY_ENDINGS = ['.png', '.wasm', '.node', '.woff2', '.gz'];

/**
 * A tree shaped like a large `node_modules`: packages of about ten folders, sizes log-normal around a few KiB with a long tail, text that
 * compresses as code does and 4 % of the files that do not compress, some executables, `.bin` full of symlinks.
 */
export async function makeManyFiles(options: ManyFilesOptions): Promise<GeneratedTree> {
  const random = createRandom(options.seed);
  const shared = makeSharedText(random);
  const sizes = fileSizes(random, options.files, options.totalBytes);
  const packages = packageNames(random, Math.max(1, Math.round(options.folders / FOLDERS_A_PACKAGE)));
  const buffer = Buffer.allocUnsafe(Math.max(...chunkMaxima(sizes)));
  const noise = Buffer.allocUnsafe(4 * 2 ** 20);
  random.fill(noise);
  mkdirSync(options.dir);

  let folders = 0;
  let written = 0;
  const allFolders: string[] = [];
  for (const [index, name] of packages.entries()) {
    const left = packages.length - index;
    const folderCount = Math.max(1, Math.round((options.folders - folders) / left));
    const fileCount =
      index === packages.length - 1 ? options.files - written : Math.round((options.files - written) / left);
    const places = makeFolders(random, join(options.dir, name), folderCount);
    allFolders.push(...places);
    const fillText = createTextFiller(random, shared);
    for (let file = 0; file < fileCount; file++) {
      const size = sizes[written++] ?? 0;
      const binary = random.fraction() < 0.04;
      if (binary) fillNoise(random, noise, buffer, size);
      else fillText(buffer, size);
      const ending = random.pick(binary ? BINARY_ENDINGS : TEXT_ENDINGS);
      const path = join(
        file === 0 ? join(options.dir, name) : random.pick(places),
        file === 0 ? 'package.json' : `${makeWord(random)}-${file}${ending}`,
      );
      writeFile(path, buffer.subarray(0, size), random.fraction() < 0.02 ? 0o755 : 0o644, mtime(random));
    }
    folders += folderCount;
    // Lets an interrupt through between packages.
    if (index % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
  }
  const symlinks = await makeBin(random, options.dir, packages);
  const scopes = new Set(packages.filter((name) => name.startsWith('@')).map((name) => join(options.dir, name, '..')));
  for (const folder of [...allFolders, ...scopes, options.dir]) utimesSync(folder, NEWEST_MTIME_S, NEWEST_MTIME_S);
  return { dir: options.dir, files: written, folders, symlinks, bytes: options.totalBytes, packages };
}

/** Sizes that sum up to `total` exactly, none below 1, none far above 24 MiB. */
function fileSizes(random: Random, files: number, total: number): number[] {
  if (total < files)
    throw new RangeError(`totalBytes is ${total}; expected at least one byte for each of ${files} files.`);
  const raw = Array.from({ length: files }, () => Math.exp(random.normal() * 1.6));
  const scale = total / raw.reduce((sum, size) => sum + size, 0);
  const sizes = raw.map((size) => Math.max(1, Math.min(LARGEST_FILE, Math.floor(size * scale))));
  let rest = total - sizes.reduce((sum, size) => sum + size, 0);
  for (let i = 0; rest !== 0; i = (i + 1) % files) {
    const size = sizes[i] ?? 1;
    const step = rest > 0 ? Math.ceil(rest / files) : Math.max(rest, 1 - size);
    sizes[i] = size + step;
    rest -= step;
  }
  return sizes;
}

/** `Math.max` of all would overflow the stack. */
function chunkMaxima(sizes: readonly number[]): number[] {
  const maxima: number[] = [];
  for (let at = 0; at < sizes.length; at += 10_000) maxima.push(Math.max(...sizes.slice(at, at + 10_000)));
  return maxima;
}

function packageNames(random: Random, count: number): string[] {
  const names = new Set<string>();
  while (names.size < count) {
    const word = `${makeWord(random)}-${makeWord(random)}`;
    names.add(random.fraction() < 0.2 ? `@${random.pick(['acme', 'core', 'types', 'tools'])}/${word}` : word);
  }
  return [...names].sort();
}

function makeFolders(random: Random, top: string, count: number): string[] {
  mkdirSync(top, { recursive: true });
  const folders = [top];
  while (folders.length < count) {
    // Mostly under the newest few, so that the tree gets some depth.
    const parent = folders[Math.max(0, folders.length - 1 - random.below(5))] ?? top;
    const folder = join(parent, `${random.pick(FOLDER_NAMES)}${folders.length}`);
    mkdirSync(folder);
    folders.push(folder);
  }
  return folders;
}

function fillNoise(random: Random, noise: Buffer, target: Buffer, size: number): void {
  for (let at = 0; at < size; ) {
    const from = random.below(noise.length - 1);
    // Mixed with a number of its own, so that no two runs are alike.
    const mask = random.bits() & 0xff;
    const run = Math.min(size - at, noise.length - from, 4096);
    for (let i = 0; i < run; i++) target[at + i] = (noise[from + i] ?? 0) ^ mask;
    at += run;
  }
}

/** Whole microseconds, so that a format that keeps microseconds loses nothing. */
function mtime(random: Random): number {
  return NEWEST_MTIME_S - random.below(60 * 86_400) - random.below(1_000_000) / 1e6;
}

function writeFile(path: string, content: Buffer, mode: number, seconds: number): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < content.length; ) at += writeSync(fd, content, at);
    futimesSync(fd, seconds, seconds);
  } finally {
    closeSync(fd);
  }
  // Set apart from creating, because the umask is not ours to know.
  chmodSync(path, mode);
}

async function makeBin(random: Random, dir: string, packages: readonly string[]): Promise<number> {
  const bin = join(dir, '.bin');
  mkdirSync(bin);
  let count = 0;
  for (const name of packages) {
    if (random.fraction() >= 0.3) continue;
    const link = join(bin, name.replace(/^@.*\//, ''));
    symlinkSync(`../${name}/package.json`, link);
    await lutimes(link, NEWEST_MTIME_S, NEWEST_MTIME_S);
    count++;
  }
  utimesSync(bin, NEWEST_MTIME_S, NEWEST_MTIME_S);
  return count;
}
