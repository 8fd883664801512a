import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PAUSE_MS = 200;

/** What a rename onto a folder with content says; on Windows it says what it says of missing permissions. */
const TAKEN = new Set(process.platform === 'win32' ? ['EPERM', 'EACCES'] : ['ENOTEMPTY', 'EEXIST']);

/**
 * Runs `task` while no other process holds the same lock. The lock is a folder, because making one is atomic everywhere;
 * it holds the owner's process id, so that a lock whose owner died is taken over.
 *
 * @template T
 * @param {string} lock path of the lock's folder
 * @param {() => T | Promise<T>} task
 * @param {(owner: number) => void} [onWait] called once if someone else holds it
 * @returns {Promise<T>}
 */
export async function withLock(lock, task, onWait) {
  mkdirSync(path.dirname(lock), { recursive: true });
  let told = false;
  while (!take(lock)) {
    const owner = ownerOf(lock);
    if (owner !== undefined && !isAlive(owner)) {
      breakDead(lock, owner);
      continue;
    }
    if (!told) onWait?.(owner ?? 0);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  try {
    return await task();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/**
 * A folder that already holds our process id is renamed into place, so that no lock is ever seen without its owner.
 * @param {string} lock
 */
function take(lock) {
  const mine = `${lock}.${process.pid}`;
  mkdirSync(mine, { recursive: true });
  writeFileSync(path.join(mine, 'pid'), `${process.pid}\n`);
  try {
    renameSync(mine, lock);
    return true;
  } catch (error) {
    rmSync(mine, { recursive: true, force: true });
    if (TAKEN.has(codeOf(error))) return false;
    throw error;
  }
}

/**
 * Two may find the same dead owner, and one of them may have the lock already: what was moved away is looked at again.
 * @param {string} lock
 * @param {number} owner
 */
function breakDead(lock, owner) {
  const aside = `${lock}.dead.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (ownerOf(aside) !== owner) renameSync(aside, lock);
  } catch {
    // Another process was faster, either to break it or to take it.
  }
  rmSync(aside, { recursive: true, force: true });
}

/**
 * The owner's process id; undefined when the lock was given back meanwhile.
 * @param {string} lock
 */
function ownerOf(lock) {
  try {
    const pid = Number.parseInt(readFileSync(path.join(lock, 'pid'), 'utf8'), 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
