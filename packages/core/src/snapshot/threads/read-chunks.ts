import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { toFsPath } from '../../paths/index.ts';
import { type Seen, seenOf } from '../disk/stat-times.ts';
import { cutChunk } from '../format/chunker.ts';
import { CHUNK_MAX } from '../format/format.ts';
import { sha256 } from '../format/sha256.ts';
import { frameOf } from './read-files.ts';
import { releaseBuffer } from './release-buffer.ts';
import { scanFile, scanForNeedles } from './scan-file.ts';
import { type ChunkResult, type Finding, type FrameBytes, type OpenTask, splitPaths, type TakeTask } from './tasks.ts';

const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What is read at once: chunks are cut while a whole one is sure to lie in it. */
const WINDOW = 4 * CHUNK_MAX;

/** A large file that is read once, chunk by chunk; at most one window of it is in memory. */
export class ChunkedFile {
  readonly #file: number;
  readonly #before: Seen;
  readonly #whole: Hash = createHash('sha256');
  readonly #window = Buffer.allocUnsafe(WINDOW);
  readonly #task: OpenTask;
  readonly #path: string;
  /** The end of what was scanned before: a token may lie across the edge of two windows. */
  #tail: Buffer = Buffer.alloc(0);
  #filled = 0;
  #atEnd = false;
  #closed = false;
  #total = 0;
  #waiting: Buffer[] = [];
  /** What the waiting chunks are views of. */
  #copy: Buffer = Buffer.alloc(0);

  constructor(task: OpenTask) {
    this.#task = task;
    this.#path = splitPaths(task.files)[0] ?? '';
    this.#file = openSync(toFsPath(task.files.bases[task.files.base[0] ?? 0] ?? '', this.#path), READ);
    this.#before = seenOf(this.#file);
  }

  /** The next chunks; with `end` set the file is closed. */
  next(): ChunkResult {
    this.#fill();
    const bytes = this.#window.subarray(0, this.#filled);
    const chunks: Buffer[] = [];
    let at = 0;
    while (at < bytes.length && (this.#atEnd || bytes.length - at >= CHUNK_MAX)) {
      const length = cutChunk(bytes, at, bytes.length);
      chunks.push(bytes.subarray(at, at + length));
      at += length;
    }
    const cut = bytes.subarray(0, at);
    this.#whole.update(cut);
    this.#total += cut.length;
    // The window is filled anew by the next call, so what waits is a copy.
    releaseBuffer(this.#copy);
    const copy = Buffer.from(cut);
    this.#copy = copy;
    let from = 0;
    this.#waiting = chunks.map((chunk) => copy.subarray(from, (from += chunk.length)));
    const secrets = this.#scan(copy);
    this.#window.copyWithin(0, at, this.#filled);
    this.#filled -= at;
    return {
      sizes: Uint32Array.from(chunks, (chunk) => chunk.length),
      digests: new Uint8Array(Buffer.concat(this.#waiting.map((chunk) => sha256(chunk)))),
      end: this.#atEnd ? this.#finish() : undefined,
      secrets,
    };
  }

  /** Frames of the chunks that the last {@link next} gave, where `take` is 1. */
  take(task: TakeTask): FrameBytes[] {
    const taken = this.#waiting.filter((_, i) => task.take[i] === 1);
    this.#waiting = [];
    const frames = taken.map((chunk) => frameOf(chunk, task.level));
    releaseBuffer(this.#copy);
    return frames;
  }

  /** Lets go of the file and of the memory: nothing may be asked of it any more. */
  drop(): void {
    this.#close();
    this.#waiting = [];
    releaseBuffer(this.#window);
    releaseBuffer(this.#copy);
  }

  #close(): void {
    if (!this.#closed) closeSync(this.#file);
    this.#closed = true;
  }

  #fill(): void {
    while (this.#filled < WINDOW && !this.#atEnd) {
      const got = readSync(this.#file, this.#window, this.#filled, WINDOW - this.#filled, null);
      this.#filled += got;
      this.#atEnd = got === 0;
    }
  }

  #scan(bytes: Buffer): Finding[] {
    const { scan, files } = this.#task;
    if (scan === undefined) return [];
    const overlap = Math.max(0, ...scan.needles.map((needle) => needle.length - 1));
    const edge = Buffer.concat([this.#tail, bytes.subarray(0, overlap)]);
    const first = this.#total === bytes.length;
    this.#tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - overlap)));
    if (first) return scanFile(scan, files.base[0] ?? 0, this.#path, 0, bytes);
    return [...scanForNeedles(scan, 0, edge), ...scanForNeedles(scan, 0, bytes)];
  }

  #finish(): NonNullable<ChunkResult['end']> {
    const seen = seenOf(this.#file);
    this.#close();
    const before = this.#before;
    return {
      digest: this.#whole.digest(),
      size: this.#total,
      mtime: seen.mtimeUs,
      ctime: seen.ctimeUs,
      stable: seen.size === this.#total && seen.mtimeUs === before.mtimeUs && seen.ctimeUs === before.ctimeUs,
    };
  }
}
