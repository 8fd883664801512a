import { hash } from 'node:crypto';

/** The 32 bytes of a sha256, in one call. */
export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
