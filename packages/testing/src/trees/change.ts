import {
  closeSync,
  cpSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createRandom } from './random.ts';

export interface ChangeOptions {
  /** Root of the tree. */
  readonly dir: string;
  /** The folder below it whose files change. */
  readonly package: string;
  /** Another seed gives another change. */
  readonly seed: number;
}

export interface ChangedPackage {
  /** Files whose bytes changed, the added one included, absolute. */
  readonly changed: readonly string[];
  readonly added: string;
  /** Absent where the package had a single file. */
  readonly removed: string | undefined;
  /** Sum of the sizes of `changed`. */
  readonly changedBytes: number;
}

const STAMP_BYTES = 24;
/** Above this a file changes in its middle only, as a database or an archive does. */
const WHOLE_FILE = 1 << 20;

/**
 * A new version of one package, in place, as `cargo update` or `pip install -U` leave it: all of its files get other bytes (sizes
 * stay), the smallest is removed, one added. Files elsewhere are not touched. Times become the present, as they would.
 */
export function changeOnePackage(options: ChangeOptions): ChangedPackage {
  const random = createRandom(options.seed);
  const top = join(options.dir, options.package);
  const files = regularFiles(top).sort();
  const removed = files.length > 1 ? smallest(files) : undefined;
  if (removed !== undefined) {
    files.splice(files.indexOf(removed), 1);
    rmSync(removed);
  }
  let changedBytes = 0;
  const changed: string[] = [];
  for (const file of files) {
    const fd = openSync(file, 'r+');
    try {
      const { size } = fstatSync(fd);
      if (size === 0) continue;
      const stamp = Buffer.from(`${random.bits()}-${random.bits()}-${random.bits()}`).subarray(
        0,
        Math.min(STAMP_BYTES, size),
      );
      const at = Math.floor((size - stamp.length) / 2);
      const before = Buffer.alloc(stamp.length);
      readSync(fd, before, 0, before.length, at);
      if (before.equals(stamp)) stamp[0] = (stamp[0] ?? 0) ^ 1;
      writeSync(fd, stamp, 0, stamp.length, at);
      changed.push(file);
      changedBytes += Math.min(size, WHOLE_FILE);
    } finally {
      closeSync(fd);
    }
  }
  const added = join(top, `added-${options.seed}.js`);
  const text = `export const version = ${random.bits()};\n`;
  writeFileSync(added, text);
  return { changed: [...changed, added], added, removed, changedBytes: changedBytes + text.length };
}

/**
 * The tree is installed anew, as `npm ci` does it: all of it is made again beside, then takes the old one's place. Bytes, modes and
 * link targets stay; every inode, every mtime and every ctime is another. The parent folder must be writable.
 */
export function reinstallTree(dir: string): void {
  const beside = `${dir}.new`;
  cpSync(dir, beside, { recursive: true, verbatimSymlinks: true });
  rmSync(dir, { recursive: true });
  renameSync(beside, dir);
}

function smallest(files: readonly string[]): string | undefined {
  return files.map((file) => ({ file, size: lstatSync(file).size })).toSorted((a, b) => a.size - b.size)[0]?.file;
}

function regularFiles(dir: string): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) files.push(...regularFiles(path));
    else if (entry.isFile()) files.push(path);
  }
  return files;
}
