import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, errorMessage } from '@waybill/core/errors';
import { formatSize } from '../terminal/index.ts';
import { type Check, ok, problem, warning } from './check.ts';

/** Less than this, and saves of any size fail. */
const TIGHT = 200 * 1024 ** 2;
/** Less than this, and a store of an ordinary size does not fit. */
const SCARCE = 2 * 1024 ** 3;

/** Bytes free to this user where the path is, or would be. @throws the system's error */
export async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return freeBytes(dirname(path));
  }
}

/** @param free bytes @param where the folder that counts */
export function judgeSpace(free: number, where: string): Check {
  const text = `${formatSize(free)} free for ${where}`;
  if (free < TIGHT)
    return problem('disk space', text, 'Make room, or give the store a place on another disk by --store.');
  if (free < SCARCE) return warning('disk space', text, 'Make room, or give the store a cap: dir:PATH?max=1GiB.');
  return ok('disk space', text);
}

/** How much is free where the store lies. */
export async function checkSpace(path: string): Promise<Check> {
  try {
    return judgeSpace(await freeBytes(path), path);
  } catch (error) {
    return warning(
      'disk space',
      `it cannot be told for ${path}: ${errorMessage(error)}`,
      'Look whether the disk is there.',
    );
  }
}

/** Whether what a save remembers for the next one can be written: a file is, and is taken away again. */
export async function checkState(folder: string, nonce: string): Promise<Check> {
  const file = join(folder, `doctor-${nonce}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(file, '');
    return ok('state', `${folder} can be written`);
  } catch (error) {
    return warning(
      'state',
      `${folder} cannot be written: ${errorMessage(error)}`,
      'All works without it, but slower. XDG_STATE_HOME moves it.',
    );
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}
