import { hash } from 'node:crypto';
import { CHUNK_AVERAGE, CHUNK_MAX, CHUNK_MIN } from './format.ts';

/** One random word a byte value: the first four bytes (little endian) of sha256("waybill-gear-" + value). Part of the format. */
const GEAR = Int32Array.from({ length: 256 }, (_, value) =>
  hash('sha256', `waybill-gear-${value}`, 'buffer').readInt32LE(0),
);

/** Cut where so many high bits of the rolling hash are zero: harder before the average size, easier after it. */
const HARD_SHIFT = 32 - 22;
const EASY_SHIFT = 32 - 18;

/**
 * Length of the first chunk of `bytes[start, end)`, by FastCDC (Xia et al., ATC '16) with a 32-bit gear hash and
 * normalised chunking: from 256 KiB to 2 MiB, 1 MiB on average. Unless `last`, at least 2 MiB must be there.
 */
export function cutChunk(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length <= CHUNK_MIN) return length;
  const limit = start + Math.min(length, CHUNK_MAX);
  const middle = start + Math.min(length, CHUNK_AVERAGE);
  let rolling = 0;
  let i = start + CHUNK_MIN;
  for (; i < middle; i++) {
    rolling = ((rolling << 1) + (GEAR[bytes[i] as number] as number)) | 0;
    if (rolling >>> HARD_SHIFT === 0) return i + 1 - start;
  }
  for (; i < limit; i++) {
    rolling = ((rolling << 1) + (GEAR[bytes[i] as number] as number)) | 0;
    if (rolling >>> EASY_SHIFT === 0) return i + 1 - start;
  }
  return limit - start;
}
