import { closeSync, lstatSync, mkdirSync, openSync, statfsSync, utimesSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, WaybillError } from '../../errors/index.ts';
import { STAGING_PREFIX } from '../../paths/index.ts';
import { removeTree, sweepStages } from './remove-tree.ts';
import { seenAt, seenOf, utimesArgument } from './stat-times.ts';

/** Space that is left free on the target, as a part of what is free before. */
const SPARE = 0.05;

/** A folder of our own on the file system of a root, in which all is built before it is renamed into place. */
export interface Stage {
  readonly dir: string;
  /** Made for this stage, outermost first. */
  readonly madeParents: readonly string[];
  /** The root, where the stage lies in it. */
  readonly inside?: string;
}

/**
 * A new stage: beside the root, so that a rename can move things in; inside it where the folder above is another file
 * system or may not be written.
 * @param nonce 8 characters of `[0-9a-f]`, never used before
 * @throws WaybillError `TARGET_DENIED`, or the system's error
 */
export function openStage(root: string, rootDev: number | undefined, nonce: string, now: number): Stage {
  const parent = dirname(root);
  const name = STAGING_PREFIX + nonce;
  const made = missingParents(parent);
  try {
    mkdirSync(parent, { recursive: true });
    if (rootDev === undefined || lstatSync(parent).dev === rootDev) {
      sweepStages(parent, STAGING_PREFIX, now);
      return { dir: makeStage(join(parent, name)), madeParents: made };
    }
  } catch (error) {
    const code = errorCode(error);
    if (rootDev === undefined || (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS'))
      throw denied(parent, error);
  }
  try {
    sweepStages(root, STAGING_PREFIX, now);
    return { dir: keepingMtime(root, () => makeStage(join(root, name))), madeParents: [], inside: root };
  } catch (error) {
    throw denied(root, error);
  }
}

/** Takes away what is left of the stage. */
export function closeStage(stage: Stage): void {
  if (stage.inside === undefined) removeTree(stage.dir);
  else keepingMtime(stage.inside, () => removeTree(stage.dir));
}

/** A stage that comes and goes in a folder must not show in its mtime. */
function keepingMtime<T>(dir: string, change: () => T): T {
  const mtime = utimesArgument(seenAt(dir).mtimeUs);
  try {
    return change();
  } finally {
    try {
      utimesSync(dir, mtime, mtime);
    } catch {
      // Only its owner may set a time; that others may write there is enough for all else.
    }
  }
}

/** Names that differ in case alone are one name here. */
export function foldsNames(stage: Stage): boolean {
  const name = stage.dir.slice(dirname(stage.dir).length + 1);
  try {
    lstatSync(join(dirname(stage.dir), name.toUpperCase()));
    return true;
  } catch {
    return false;
  }
}

/** @throws WaybillError `DISK_FULL` before anything is written */
export function checkSpace(stage: Stage, bytes: number): void {
  const { bavail, bsize } = statfsSync(stage.dir);
  const free = bavail * bsize;
  if (bytes <= free * (1 - SPARE)) return;
  throw new WaybillError('DISK_FULL', `the files need ${bytes} bytes, ${free} are free at ${dirname(stage.dir)}`, {
    kind: 'remote',
    hint: 'Free some space there, or restore to another disk.',
  });
}

/**
 * The time (µs) that the file system gives to something that is made now. Every ctime before it belongs to a change
 * that is over.
 */
export function barrierIn(stage: Stage): number {
  const file = openSync(join(stage.dir, 'barrier'), 'a', 0o600);
  try {
    writeSync(file, '.');
    return seenOf(file).ctimeUs;
  } finally {
    closeSync(file);
  }
}

function makeStage(path: string): string {
  mkdirSync(path, { mode: 0o700 });
  return path;
}

function missingParents(parent: string): string[] {
  const missing: string[] = [];
  for (let dir = parent; ; dir = dirname(dir)) {
    try {
      lstatSync(dir);
      return missing.reverse();
    } catch {
      missing.push(dir);
      if (dirname(dir) === dir) return missing.reverse();
    }
  }
}

function denied(where: string, cause: unknown): unknown {
  const code = errorCode(cause);
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') return cause;
  return new WaybillError('TARGET_DENIED', `${where} may not be written (${code})`, {
    kind: 'remote',
    hint: 'Give the job write permission there, or restore to a folder of its own.',
    cause,
  });
}
