import { closeSync, constants, fchmodSync, futimesSync, openSync, readSync, writeSync } from 'node:fs';
import { WaybillError } from '../../errors/index.ts';
import { toFsPath } from '../../paths/index.ts';
import { seenOf, utimesArgument } from '../disk/stat-times.ts';
import { corrupt } from '../format/byte-reader.ts';
import { at } from '../format/entry-table.ts';
import { openFrame } from '../format/frame.ts';
import { releaseBuffer } from './release-buffer.ts';
import { splitPaths, type WriteResult, type WriteTask } from './tasks.ts';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const REOPEN = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);

/** Verifies and decompresses each frame of the task and writes its files; nothing is written of a frame that is wrong. */
export function writeFiles(task: WriteTask, umask: number): WriteResult {
  const count = task.mode.length;
  const result = { ino: new Float64Array(count), ctime: new Float64Array(count) };
  const paths = splitPaths(task.files);
  const pack = task.source.kind === 'file' ? openPack(task.source.path) : -1;
  try {
    let row = 0;
    const window = Buffer.allocUnsafeSlow(task.source.kind === 'file' ? Math.max(0, ...task.frames.stored) : 0);
    for (let frame = 0; frame < task.frames.stored.length; frame++) {
      const stored = storedBytes(task, frame, pack, window);
      const digest = task.frames.digest.subarray(frame * 32, frame * 32 + 32);
      const raw = openFrame(stored, digest, at(task.frames.raw, frame));
      for (; row < count && at(task.frame, row) === frame; row++) {
        const offset = at(task.offset, row);
        const content = raw.subarray(offset, offset + at(task.length, row));
        const path = toFsPath(task.files.bases[at(task.files.base, row)] ?? '', paths[row] ?? '');
        if (task.part[row] === 1) writePart(path, content, at(task.position, row));
        else writeWhole(path, content, row, task, umask, result);
      }
      releaseBuffer(raw);
    }
  } finally {
    if (pack >= 0) closeSync(pack);
  }
  return result;
}

function writeWhole(
  path: string | Buffer,
  content: Buffer,
  row: number,
  task: WriteTask,
  umask: number,
  result: WriteResult,
): void {
  const mode = at(task.mode, row);
  const file = openSync(path, CREATE, mode);
  try {
    writeAll(file, content, null);
    if ((mode & (umask | 0o1000)) !== 0) fchmodSync(file, mode);
    const seconds = utimesArgument(at(task.mtime, row));
    futimesSync(file, seconds, seconds);
    const seen = seenOf(file);
    result.ino[row] = seen.ino;
    result.ctime[row] = seen.ctimeUs;
  } finally {
    closeSync(file);
  }
}

function writePart(path: string | Buffer, content: Buffer, position: number): void {
  // The file was made with its full size: where it is all zeros, the hole stays a hole.
  if (isZero(content)) return;
  const file = openSync(path, REOPEN);
  try {
    writeAll(file, content, position);
  } finally {
    closeSync(file);
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes[0] === 0 && (bytes.length === 1 || bytes.compare(bytes, 1, bytes.length, 0, bytes.length - 1) === 0);
}

function writeAll(file: number, bytes: Buffer, position: number | null): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(file, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}

function openPack(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (cause) {
    throw new WaybillError('BLOB_UNKNOWN', 'a pack of the snapshot is gone from the store', { kind: 'remote', cause });
  }
}

/** The stored bytes of a frame; in `window`, where they are read from a file. */
function storedBytes(task: WriteTask, frame: number, pack: number, window: Buffer): Uint8Array {
  const offset = at(task.frames.offset, frame);
  const length = at(task.frames.stored, frame);
  if (task.source.kind === 'bytes') {
    const start = offset - task.source.start;
    return task.source.bytes.subarray(start, start + length);
  }
  const bytes = window.subarray(0, length);
  let done = 0;
  while (done < length) {
    const got = readSync(pack, bytes, done, length - done, offset + done);
    if (got === 0) throw corrupt('a pack is shorter than it should be');
    done += got;
  }
  return bytes;
}
