import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { corrupt } from './byte-reader.ts';
import { FRAME_WINDOW_LOG } from './format.ts';
import { sha256 } from './sha256.ts';

/** Raw bytes below which the time of a better level does not count. */
const SMALL_SAVE = 32 * 1024 * 1024;

/** The level of a save that says `auto` (docs/adr/0004-snapshot-format.md). @param bytes raw bytes that may have to be stored */
export function defaultLevel(bytes: number): number {
  return bytes < SMALL_SAVE ? 6 : 3;
}

/** One frame's bytes as they are stored: a zstd frame (RFC 8878) with the content's size and no checksum. */
export function compressFrame(raw: Uint8Array, level: number): Buffer {
  return zstdCompressSync(raw, {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: FRAME_WINDOW_LOG,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
    pledgedSrcSize: raw.byteLength,
    // One output buffer that always suffices: growing it in steps costs a third of the time.
    chunkSize: raw.byteLength + (raw.byteLength >>> 8) + 1024,
  });
}

/**
 * The raw bytes of a frame, after its stored bytes were held against their digest.
 * @throws WaybillError `SNAPSHOT_CORRUPT`
 */
export function openFrame(stored: Uint8Array, digest: Uint8Array, rawSize: number): Buffer {
  if (sha256(stored).compare(digest) !== 0) throw corrupt('the bytes of a frame do not match their digest');
  let raw: Buffer;
  try {
    raw = zstdDecompressSync(stored, {
      params: { [constants.ZSTD_d_windowLogMax]: FRAME_WINDOW_LOG },
      // Told the size, zlib needs one buffer: 1.2 s for what takes 1.9 s by default.
      chunkSize: Math.max(64, rawSize),
      maxOutputLength: Math.max(64, rawSize),
    });
  } catch (cause) {
    throw corrupt('a frame cannot be decompressed', cause);
  }
  if (raw.byteLength !== rawSize) throw corrupt(`a frame has ${raw.byteLength} bytes, expected ${rawSize}`);
  return raw;
}
