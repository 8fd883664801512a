import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { netstrings } from '../../content/index.ts';
import { errorMessage, WaybillError } from '../../errors/index.ts';
import type { DockerIgnore } from './dockerignore.ts';

/** A file or link of a context that git does not know. */
export interface ContextFile {
  /** Relative to the context, `/` between. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * The files and links below these places that get into the context. Folders, sockets and devices are none.
 * @param places relative to the context; one that ends in `/` is a folder
 */
export async function listContextFiles(
  context: string,
  places: readonly string[],
  ignore: DockerIgnore,
  signal?: AbortSignal,
): Promise<readonly ContextFile[]> {
  const found: ContextFile[] = [];
  const walk = async (folder: string): Promise<void> => {
    signal?.throwIfAborted();
    if (folder !== '' && ignore.leavesOutAllBelow(folder)) return;
    for (const entry of await readFolder(join(context, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() || entry.isSymbolicLink()) await take(path);
    }
  };
  const take = async (path: string): Promise<void> => {
    if (ignore.leavesOut(path)) return;
    found.push({ path, bytes: (await lstat(join(context, path))).size });
  };
  for (const place of places) {
    if (place === '' || place.endsWith('/')) await walk(place.replace(/\/$/, ''));
    else await take(place);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** sha256 over path, permissions and content of each, as 64 hex. Times do not count. */
export async function hashContextFiles(
  context: string,
  files: readonly ContextFile[],
  signal?: AbortSignal,
): Promise<string> {
  const all = createHash('sha256');
  for (const { path } of files) {
    signal?.throwIfAborted();
    const at = join(context, path);
    const { mode } = await lstat(at);
    const isLink = (mode & 0o170000) === 0o120000;
    const what = isLink ? ['link', await readlink(at)] : [(mode & 0o777).toString(8), await hashFile(at)];
    all.update(netstrings([path, ...what]));
  }
  return all.digest('hex');
}

/** sha256 of a file's bytes, as 64 hex. @throws WaybillError `CONTEXT_UNREADABLE` (user) */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const pieces: AsyncIterable<Uint8Array> = createReadStream(path);
    for await (const piece of pieces) hash.update(piece);
  } catch (error) {
    throw unreadable(path, error);
  }
  return hash.digest('hex');
}

async function readFolder(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): WaybillError {
  return new WaybillError('CONTEXT_UNREADABLE', `${path} of the build context cannot be read: ${errorMessage(cause)}`, {
    kind: 'user',
    hint: 'Docker would read it as well: make it readable, or leave it out by .dockerignore.',
    cause,
  });
}
