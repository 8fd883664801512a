import { hash } from 'node:crypto';
import { CHUNK_AVERAGE, CHUNK_MAX, CHUNK_MIN } from './format.ts';

/** One random word a byte value: the first four bytes (little endian) of sha256("waybill-gear-" + value). Part of the format. */
const GEAR = Int32Array.from({ length: 256 }, (_, value) =>
  hash('sha256', `waybill-gear-${value}`, 'buffer').readInt32LE(0),
);

/** A chunk ends where so many high bits of the rolling hash are zero: 22 before the average size, 18 after it. */
const HARD = -1 << (32 - 22);
const EASY = -1 << (32 - 18);

/**
 * Length of the first chunk of `bytes[start, end)`, by FastCDC (Xia et al., ATC '16) with a 32-bit gear hash and
 * normalised chunking: from 256 KiB to 2 MiB, 1 MiB on average. Unless `end` is the file's, at least 2 MiB must be there.
 */
export function cutChunk(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length <= CHUNK_MIN) return length;
  const middle = start + Math.min(length, CHUNK_AVERAGE);
  const hard = scan(bytes, start + CHUNK_MIN, middle, 0, HARD);
  if (hard.cut >= 0) return hard.cut - start;
  const easy = scan(bytes, middle, start + Math.min(length, CHUNK_MAX), hard.rolling, EASY);
  return (easy.cut >= 0 ? easy.cut : start + Math.min(length, CHUNK_MAX)) - start;
}

/** Where the first chunk ends in `bytes[from, to)`, or -1; and the rolling hash at the end. */
function scan(
  bytes: Uint8Array,
  from: number,
  to: number,
  before: number,
  mask: number,
): { cut: number; rolling: number } {
  let rolling = before;
  let i = from;
  // Four bytes a turn: a fifth faster.
  for (const last = to - 3; i < last; i += 4) {
    const first = ((rolling << 1) + (GEAR[bytes[i] as number] as number)) | 0;
    const second = ((first << 1) + (GEAR[bytes[i + 1] as number] as number)) | 0;
    const third = ((second << 1) + (GEAR[bytes[i + 2] as number] as number)) | 0;
    rolling = ((third << 1) + (GEAR[bytes[i + 3] as number] as number)) | 0;
    if ((first & mask) === 0) return { cut: i + 1, rolling };
    if ((second & mask) === 0) return { cut: i + 2, rolling };
    if ((third & mask) === 0) return { cut: i + 3, rolling };
    if ((rolling & mask) === 0) return { cut: i + 4, rolling };
  }
  for (; i < to; i++) {
    rolling = ((rolling << 1) + (GEAR[bytes[i] as number] as number)) | 0;
    if ((rolling & mask) === 0) return { cut: i + 1, rolling };
  }
  return { cut: -1, rolling };
}
