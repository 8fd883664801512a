import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../../errors/index.ts';
import { isMissing } from './disk-errors.ts';

/** The file's bytes; undefined where there is none. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  return ifThere(() => readFile(path));
}

/** The names in the folder; none where there is no folder. */
export async function listIfThere(path: string): Promise<string[]> {
  return (await ifThere(() => readdir(path))) ?? [];
}

export async function listFoldersIfThere(path: string): Promise<string[]> {
  const entries: Dirent[] = (await ifThere(() => readdir(path, { withFileTypes: true }))) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Size and times; undefined where there is no file. */
export async function statIfThere(
  path: string,
): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  return ifThere(() => stat(path));
}

/** True where a file was removed. */
export async function unlinkIfThere(path: string): Promise<boolean> {
  return (await ifThere(() => unlink(path).then(() => true))) ?? false;
}

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Does the work; where its folder is missing, makes the folder and does it again (a few times: a sweep may be removing empty ones). */
export async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isMissing(error) || attempt === 4) throw error;
      await mkdir(folder, { recursive: true });
    }
  }
}

/** Writes the bytes to a new file beside, synced; the caller moves it into place. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await inFolder(dirname(path), async () => {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** Replaces the file in one step; not synced, so only for what can be made again. */
export async function replaceFile(path: string, temp: string, nonce: string, bytes: Uint8Array): Promise<void> {
  const aside = join(temp, `file-${nonce}`);
  try {
    await inFolder(temp, () => writeFile(aside, bytes, { flag: 'wx' }));
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** Makes a rename or link in this folder last over a power cut, where the system can (Windows cannot, and need not). */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EPERM' && code !== 'EISDIR' && code !== 'EINVAL' && code !== 'EACCES') throw error;
  }
}
