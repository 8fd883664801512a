import { createHash, hash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs';

export interface FingerprintEntry {
  /** Relative to the root, `/` between names, bytes as the file system gives them; empty for the root itself. */
  readonly path: Buffer;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits, setuid, setgid and sticky included; 0o777 for symlinks, whose bits mean nothing. */
  readonly mode: number;
  /** Bytes of a file; 0 for all else. */
  readonly size: bigint;
  readonly mtimeMicroseconds: bigint;
  /** sha256 of a file's bytes, hex; empty for all else. */
  readonly sha256: string;
  /** A symlink's text; empty for all else. */
  readonly target: Buffer;
}

/** All entries by path bytes. */
export type TreeFingerprint = readonly FingerprintEntry[];

/** Up to here a file is read in one piece. */
const ONE_PIECE = 8n << 20n;
const SLASH = Buffer.from('/');

/**
 * All that is to be kept of the tree below `dir`, the root's own entry included (its path is empty). Written for comparing, with no
 * code of what it judges: plain recursion, one file after another. Errors of the file system are thrown as they come.
 */
export async function treeFingerprint(dir: string | Buffer): Promise<TreeFingerprint> {
  const entries: FingerprintEntry[] = [];
  const root = Buffer.from(dir);
  const visit = async (path: Buffer, relative: Buffer): Promise<void> => {
    const stats = lstatSync(path, { bigint: true });
    const entry = describe(path, relative, stats);
    entries.push(entry);
    if (entry.type !== 'directory') return;
    for (const name of readdirSync(path, { encoding: 'buffer' })) {
      await visit(
        Buffer.concat([path, SLASH, name]),
        relative.length === 0 ? name : Buffer.concat([relative, SLASH, name]),
      );
    }
    // Lets an interrupt through, a folder at a time.
    await new Promise((resolve) => setImmediate(resolve));
  };
  await visit(root, Buffer.alloc(0));
  return entries.sort((a, b) => Buffer.compare(a.path, b.path));
}

function describe(path: Buffer, relative: Buffer, stats: BigIntStats): FingerprintEntry {
  const base = {
    path: relative,
    mode: Number(stats.mode & 0o7777n),
    size: 0n,
    mtimeMicroseconds: stats.mtimeNs / 1000n,
    sha256: '',
    target: Buffer.alloc(0),
  };
  if (stats.isDirectory()) return { ...base, type: 'directory' };
  if (stats.isSymbolicLink())
    return { ...base, type: 'symlink', mode: 0o777, target: readlinkSync(path, { encoding: 'buffer' }) };
  if (!stats.isFile()) return { ...base, type: 'other' };
  return { ...base, type: 'file', size: stats.size, sha256: fileHash(path, stats.size) };
}

function fileHash(path: Buffer, size: bigint): string {
  if (size <= ONE_PIECE) return hash('sha256', readFileSync(path), 'hex');
  const state = createHash('sha256');
  const buffer = Buffer.allocUnsafe(4 << 20);
  const fd = openSync(path, 'r');
  try {
    for (;;) {
      const count = readSync(fd, buffer);
      if (count === 0) return state.digest('hex');
      state.update(buffer.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}
