import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import { hashFields } from '../content/index.ts';

/**
 * `sha256:<64 hex>` of a file's bytes as they are: line endings are not touched. A symlink to a file counts as that file,
 * any other symlink as the text of its target.
 * @throws the system's error where it cannot be read
 */
export async function hashFile(at: string | Buffer): Promise<string> {
  const target = await stat(at).catch(() => undefined);
  if (target?.isFile() !== true) return `sha256:${hashFields(['link', await readlink(at, 'buffer')])}`;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(at)) hash.update(asBytes(chunk));
  return `sha256:${hash.digest('hex')}`;
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a stream without an encoding gives bytes');
}
