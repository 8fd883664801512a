import { type FileHandle, open, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors/index.ts';
import { type Descriptor, isManifestType } from '../../oci/index.ts';
import { abortable, openContent } from '../byte-stream.ts';
import { blobUnknown, check, rangeOf, sizeMismatch } from '../integrity.ts';
import type { ByteStream, Content, Deleter, LocalBlobs, Renewer, Store } from '../ports.ts';
import { isMissing, onDisk } from './disk-errors.ts';
import { statIfThere, syncFolder, unlinkIfThere } from './files.ts';
import { inLayout } from './layout-folder.ts';
import type { LayoutMachine } from './layout-machine.ts';
import type { LayoutPaths } from './layout-paths.ts';

/** What is read at once of a blob that streams. */
const PIECE_BYTES = 512 * 1024;

/**
 * Bytes as files `blobs/sha256/<hex>`. A push writes a file aside, checks it, and renames it into place. What is there is
 * touched instead, so that eviction takes it for young. Manifests are synced; a pack that a power cut tore is found by its
 * digest when it is read.
 * @param pushed told of the bytes that a push added
 */
export function layoutBlobs(
  paths: LayoutPaths,
  machine: LayoutMachine,
  pushed: (bytes: number) => Promise<void>,
): Store & Deleter & LocalBlobs & Renewer {
  const blobPath = (descriptor: Descriptor) => paths.blob(descriptor.digest);

  const touchWhatIsThere = async (descriptor: Descriptor): Promise<boolean> => {
    const path = blobPath(descriptor);
    if ((await statIfThere(path))?.size !== descriptor.size) return false;
    try {
      const now = machine.clock() / 1000;
      await utimes(path, now, now);
      return true;
    } catch (error) {
      // Gone meanwhile, or another user's file, whose times only that user may set: then it is written anew.
      if (['ENOENT', 'EPERM', 'EACCES'].includes(errorCode(error) ?? '')) return false;
      throw error;
    }
  };

  const write = async (descriptor: Descriptor, content: Content, signal: AbortSignal | undefined) => {
    const aside = join(paths.temp, `blob-${machine.nonce()}`);
    const sync = isManifestType(descriptor.mediaType);
    const file = await open(aside, 'wx');
    try {
      try {
        await writeChecked(file, descriptor, fromSource(abortable(openContent(content), signal)));
        const now = machine.clock() / 1000;
        await file.utimes(now, now);
        if (sync) await file.sync();
      } finally {
        await file.close();
      }
      await renameInto(aside, blobPath(descriptor), descriptor.size);
      if (sync) await syncFolder(paths.blobs);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  };

  return {
    localPath: async (descriptor) => blobPath(descriptor),
    fetch: async (descriptor, options) => {
      options?.signal?.throwIfAborted();
      const { start, length } = rangeOf(descriptor, options);
      const path = blobPath(descriptor);
      const found = await onDisk(path, () => statIfThere(path));
      if (found === undefined) throw blobUnknown(descriptor, paths.dir);
      const whole = options?.range === undefined ? Math.max(length, found.size) : length;
      return abortable(readFrom(path, descriptor, start, whole, paths.dir), options?.signal);
    },
    exists: async (descriptor, options) => {
      options?.signal?.throwIfAborted();
      const path = blobPath(descriptor);
      return (await onDisk(path, () => statIfThere(path)))?.size === descriptor.size;
    },
    push: async (descriptor, content, options) => {
      options?.signal?.throwIfAborted();
      const path = blobPath(descriptor);
      const work = async (): Promise<'pushed' | 'exists'> => {
        if (await touchWhatIsThere(descriptor)) return 'exists';
        await inLayout(paths, () => write(descriptor, content, options?.signal));
        await pushed(descriptor.size);
        return 'pushed';
      };
      return onDisk(path, work).catch((error: unknown) =>
        Promise.reject(error instanceof SourceError ? error.cause : error),
      );
    },
    renew: async (descriptor, options) => {
      options?.signal?.throwIfAborted();
      return onDisk(blobPath(descriptor), () => touchWhatIsThere(descriptor));
    },
    delete: async (descriptor, options) => {
      options?.signal?.throwIfAborted();
      const path = blobPath(descriptor);
      return onDisk(path, () => unlinkIfThere(path));
    },
  };
}

/** What the caller's own stream threw: a file missing there is no folder missing here. */
class SourceError extends Error {}

async function* fromSource(stream: ByteStream): ByteStream {
  try {
    yield* stream;
  } catch (cause) {
    throw new SourceError('the source of a blob failed', { cause });
  }
}

async function writeChecked(file: FileHandle, descriptor: Descriptor, stream: ByteStream): Promise<void> {
  const checked = check(descriptor);
  for await (const piece of stream) {
    checked.update(piece);
    for (let at = 0; at < piece.byteLength; ) {
      const { bytesWritten } = await file.write(piece, at, piece.byteLength - at);
      at += bytesWritten;
    }
  }
  checked.end();
}

/** On Windows a file that somebody reads cannot be replaced; then what stands there is the same blob. */
async function renameInto(aside: string, path: string, size: number): Promise<void> {
  try {
    await rename(aside, path);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EPERM' && code !== 'EACCES' && code !== 'EBUSY') throw error;
    if ((await statIfThere(path))?.size !== size) throw error;
    await rm(aside, { force: true });
  }
}

/** Opened when the first piece is asked for, so that a stream nobody reads holds no file. */
async function* readFrom(
  path: string,
  descriptor: Descriptor,
  start: number,
  length: number,
  where: string,
): ByteStream {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw isMissing(error) ? blobUnknown(descriptor, where, error) : await onDisk(path, () => Promise.reject(error));
  }
  try {
    for (let done = 0; done < length; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, length - done));
      const { bytesRead } = await onDisk(path, () => file.read(buffer, 0, buffer.byteLength, start + done));
      if (bytesRead === 0) throw sizeMismatch(descriptor, String(start + done));
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
