import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { toFsPath } from '../../paths/index.ts';
import { type Seen, seenOf } from '../disk/stat-times.ts';
import { at } from '../format/entry-table.ts';
import { MAX_WHOLE_FILE } from '../format/format.ts';
import { compressFrame } from '../format/frame.ts';
import { sha256 } from '../format/sha256.ts';
import { releaseBuffer } from './release-buffer.ts';
import { scanByPlace, scanFile, scanGroup } from './scan-file.ts';
import {
  type Finding,
  type FrameBytes,
  type PackTask,
  type ReadResult,
  ReadStatus,
  type ReadTask,
  splitPaths,
} from './tasks.ts';

// O_NONBLOCK: a fifo that took a file's place must not stop us.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The bytes of a group of files, as they were read, until it is known which of them are new. */
export interface KeptGroup {
  readonly bytes: Buffer;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
}

/** Reads and hashes every file of the task. A file that cannot be read is told by its status, never by an error. */
export function readFiles(task: ReadTask): { readonly result: ReadResult; readonly group: KeptGroup } {
  const count = task.size.length;
  const paths = splitPaths(task.files);
  const secrets: Finding[] = [];
  const result = {
    status: new Uint8Array(count),
    digest: new Uint8Array(count * 32),
    size: task.size.slice(),
    mtime: task.mtime.slice(),
    ctime: task.ctime.slice(),
    secrets,
  };
  let capacity = 0;
  for (const size of task.size) capacity += task.keep ? size : 0;
  let buffer: Buffer = Buffer.allocUnsafeSlow(Math.max(capacity, 64 * 1024));
  const group = { start: new Uint32Array(count), end: new Uint32Array(count) };
  // What is kept is looked through for tokens as a whole, below.
  const scanOne = task.keep ? scanByPlace : scanFile;
  let used = 0;
  for (let row = 0; row < count; row++) {
    const path = paths[row] ?? '';
    const base = at(task.files.base, row);
    const fsPath = toFsPath(task.files.bases[base] ?? '', path);
    if (!task.keep && at(task.size, row) > MAX_WHOLE_FILE) {
      hashLarge(fsPath, row, result);
      continue;
    }
    if (!task.keep) used = 0;
    const needed = used + at(task.size, row);
    if (needed > buffer.length) buffer = enlarged(buffer, used, needed);
    const read = readStable(fsPath, row, task, buffer, used);
    result.status[row] = read.status;
    buffer = read.buffer;
    if (read.status !== ReadStatus.ok || read.seen === undefined) continue;
    const end = used + read.seen.size;
    result.size[row] = read.seen.size;
    result.mtime[row] = read.seen.mtimeUs;
    result.ctime[row] = read.seen.ctimeUs;
    const content = buffer.subarray(used, end);
    result.digest.set(sha256(content), row * 32);
    if (task.scan !== undefined) result.secrets.push(...scanOne(task.scan, base, path, row, content));
    group.start[row] = used;
    group.end[row] = end;
    used = end;
  }
  if (task.keep && task.scan !== undefined) {
    const ofTokens = scanGroup(task.scan, { ...group, bytes: buffer.subarray(0, used) });
    result.secrets.unshift(...ofTokens);
  }
  return { result, group: { ...group, bytes: buffer } };
}

/** One frame of the contents to take, in order; undefined where there is none. */
export function packGroup(task: PackTask, group: KeptGroup): FrameBytes | undefined {
  const parts: Buffer[] = [];
  let whole = true;
  for (let row = 0; row < task.take.length; row++) {
    if (task.take[row] === 1) parts.push(group.bytes.subarray(group.start[row], group.end[row]));
    else if (group.end[row] !== group.start[row]) whole = false;
  }
  if (parts.length === 0) return undefined;
  const last = group.end.reduce((a, b) => Math.max(a, b), 0);
  const raw = whole ? group.bytes.subarray(0, last) : Buffer.concat(parts);
  const frame = frameOf(raw, task.level);
  releaseBuffer(raw);
  return frame;
}

/** These bytes as a frame. */
export function frameOf(raw: Uint8Array, level: number): FrameBytes {
  const roomy = compressFrame(raw, level);
  // Exactly its own memory, so that it can move to another thread instead of being copied with its slack.
  const stored = Buffer.allocUnsafeSlow(roomy.byteLength);
  roomy.copy(stored);
  releaseBuffer(roomy);
  return { stored, digest: sha256(stored), raw: raw.byteLength };
}

/** Only for files that are compared with what is known of them: what changes meanwhile will not match. */
function hashLarge(path: string | Buffer, row: number, result: ReadResult): void {
  let file: number;
  try {
    file = openSync(path, READ);
  } catch {
    result.status[row] = ReadStatus.unreadable;
    return;
  }
  try {
    const hash = createHash('sha256');
    const window = Buffer.allocUnsafe(MAX_WHOLE_FILE);
    // All arguments spelled out: called with two, readSync was seen to read nothing, in some runs (Node 24.21).
    const next = () => readSync(file, window, 0, window.length, null);
    for (let got = next(); got > 0; got = next()) hash.update(window.subarray(0, got));
    const seen = seenOf(file);
    result.size[row] = seen.size;
    result.mtime[row] = seen.mtimeUs;
    result.ctime[row] = seen.ctimeUs;
    result.digest.set(hash.digest(), row * 32);
  } catch {
    result.status[row] = ReadStatus.unreadable;
  } finally {
    closeSync(file);
  }
}

interface Attempt {
  readonly status: number;
  readonly buffer: Buffer;
  readonly seen?: Seen;
}

function readStable(path: string | Buffer, row: number, task: ReadTask, into: Buffer, start: number): Attempt {
  let expected = { size: at(task.size, row), mtimeUs: at(task.mtime, row), ctimeUs: at(task.ctime, row) };
  let file: number;
  try {
    file = openSync(path, READ);
  } catch {
    return { status: ReadStatus.unreadable, buffer: into };
  }
  let buffer = into;
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      const got = readInto(file, buffer, start, expected.size);
      const seen = seenOf(file);
      if (got === expected.size && same(seen, expected)) return { status: ReadStatus.ok, buffer, seen };
      if (!seen.isFile || seen.size > MAX_WHOLE_FILE) break;
      expected = seen;
      if (start + seen.size > buffer.length) buffer = enlarged(buffer, start, start + seen.size);
    }
    return { status: ReadStatus.changed, buffer };
  } catch {
    return { status: ReadStatus.unreadable, buffer };
  } finally {
    closeSync(file);
  }
}

function readInto(file: number, buffer: Buffer, start: number, size: number): number {
  let done = 0;
  while (done < size) {
    const got = readSync(file, buffer, start + done, size - done, done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

function same(
  seen: Seen,
  expected: { readonly size: number; readonly mtimeUs: number; readonly ctimeUs: number },
): boolean {
  return (
    seen.isFile && seen.size === expected.size && seen.mtimeUs === expected.mtimeUs && seen.ctimeUs === expected.ctimeUs
  );
}

function enlarged(buffer: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(needed, buffer.length * 2));
  buffer.copy(larger, 0, 0, used);
  return larger;
}
