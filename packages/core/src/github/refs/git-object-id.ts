import { createHash } from 'node:crypto';

/** The id that git gives a blob of these bytes; in a repository of SHA-256 ids where the other id has 64 characters. */
export function blobId(bytes: Uint8Array, like: string): string {
  const hash = createHash(like.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}
