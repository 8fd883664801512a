import { closeSync, futimesSync, mkdirSync, openSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type GeneratedTree, NEWEST_MTIME_S } from './many-files.ts';
import { createRandom } from './random.ts';
import { createTextFiller, makeSharedText } from './text.ts';

export interface LargeFilesOptions {
  /** The folder to make; its parent must exist, itself must not. */
  readonly dir: string;
  readonly seed: number;
  readonly files: number;
  readonly bytesEach: number;
}

const BLOCK = 1 << 20;

/** A tree of few large files, as a Gradle or model cache: blocks of 1 MiB that compress and blocks that do not, in turns. */
export async function makeLargeFiles(options: LargeFilesOptions): Promise<GeneratedTree> {
  const random = createRandom(options.seed);
  const fillText = createTextFiller(random, makeSharedText(random));
  const block = Buffer.alloc(BLOCK);
  mkdirSync(options.dir);
  const packages: string[] = [];
  for (let file = 0; file < options.files; file++) {
    const name = `model-${file}`;
    const folder = join(options.dir, name);
    mkdirSync(folder);
    const fd = openSync(join(folder, 'weights.bin'), 'wx', 0o644);
    try {
      for (let at = 0, index = 0; at < options.bytesEach; at += BLOCK, index++) {
        const size = Math.min(BLOCK, options.bytesEach - at);
        if (index % 2 === 0) fillText(block, size);
        else random.fill(block);
        for (let done = 0; done < size; ) done += writeSync(fd, block, done, size - done);
        // Lets an interrupt through.
        if (index % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
      }
      futimesSync(fd, NEWEST_MTIME_S, NEWEST_MTIME_S);
    } finally {
      closeSync(fd);
    }
    utimesSync(folder, NEWEST_MTIME_S, NEWEST_MTIME_S);
    packages.push(name);
  }
  utimesSync(options.dir, NEWEST_MTIME_S, NEWEST_MTIME_S);
  return {
    dir: options.dir,
    files: options.files,
    folders: options.files,
    symlinks: 0,
    bytes: options.files * options.bytesEach,
    packages,
  };
}
