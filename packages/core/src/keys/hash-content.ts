import { createHash } from 'node:crypto';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { netstrings } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { hashFile } from './hash-file.ts';

export interface ContentHash {
  readonly kind: 'file' | 'folder';
  /** `sha256:<64 hex>`. */
  readonly digest: string;
  /** Files and symlinks in it; 1 for a file. */
  readonly files: number;
  /** Of the files. */
  readonly bytes: number;
}

/**
 * The hash of what a file or a folder holds. Of a file it is that of its bytes, as `sha256sum` gives it. Of a folder it is
 * the sha256 over the netstrings of `waybill-content-1` and, for each file and symlink below it, in the order of the bytes of
 * their paths: the path below the folder (`/` between), `file` or `link`, and the digest of the file or the target of the
 * link. Modes, times and empty folders do not count.
 * @throws WaybillError `NO_CONTENT` (user) for what is neither file nor folder nor symlink; the system's error
 */
export async function hashContent(path: string, signal?: AbortSignal): Promise<ContentHash> {
  const target = await stat(path);
  if (!target.isDirectory()) {
    if (!target.isFile()) throw noContent(path);
    return { kind: 'file', digest: await hashFile(path), files: 1, bytes: target.size };
  }
  const entries = await listEntries(Buffer.from(path), Buffer.alloc(0));
  entries.sort((a, b) => Buffer.compare(a.path, b.path));
  const hash = createHash('sha256').update(netstrings(['waybill-content-1']));
  let bytes = 0;
  for (const { path: below, at, isLink, size } of entries) {
    signal?.throwIfAborted();
    bytes += size;
    hash.update(
      netstrings([below, ...(isLink ? ['link', await readlink(at, 'buffer')] : ['file', await hashFile(at)])]),
    );
  }
  return { kind: 'folder', digest: `sha256:${hash.digest('hex')}`, files: entries.length, bytes };
}

interface Entry {
  /** Below the folder. */
  readonly path: Buffer;
  readonly at: Buffer;
  readonly isLink: boolean;
  readonly size: number;
}

async function listEntries(folder: Buffer, prefix: Buffer): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const name of await readdir(folder, { encoding: 'buffer' })) {
    const at = Buffer.concat([folder, SLASH, name]);
    const path = prefix.byteLength === 0 ? name : Buffer.concat([prefix, SLASH, name]);
    const stats = await lstat(at);
    if (stats.isDirectory()) found.push(...(await listEntries(at, path)));
    else if (stats.isFile() || stats.isSymbolicLink()) {
      found.push({ path, at, isLink: stats.isSymbolicLink(), size: stats.isFile() ? stats.size : 0 });
    } else throw noContent(at.toString());
  }
  return found;
}

const SLASH = Buffer.from('/');

function noContent(path: string): WaybillError {
  return new WaybillError('NO_CONTENT', `${path} is neither a file nor a folder nor a symlink`, {
    kind: 'user',
    hint: 'Sockets, devices and pipes have no content of their own.',
  });
}
