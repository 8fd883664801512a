import { createHash } from 'node:crypto';
import { readlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Sleep } from '../../async/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import { inFolder, listIfThere, unlinkIfThere } from './files.ts';

/** How a lock waits. Times in milliseconds. */
export interface LockRules {
  readonly sleep: Sleep;
  /** In [0, 1): spreads those who wait. */
  readonly random: () => number;
  /** Never the same twice, of `[A-Za-z0-9-]`. */
  readonly nonce: () => string;
  /** A lock that stood for so long while somebody waited is taken from its owner. */
  readonly staleAfterMs: number;
  /** How long to wait in all. */
  readonly patienceMs: number;
}

export interface FileLock {
  /** Whether the lock is still ours: asked right before what must not be done twice. */
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * A lock between processes: a folder of empty files `<pid>.<host>.<nonce>`. The owner is who created its file and then saw no
 * other in the folder, those excepted that it had judged stale before; who sees another steps back and waits. Of two
 * files one was created first, so the other's owner saw it: two never own it at once, however many take over a stale one.
 * Names never come twice, so no file is removed on the strength of an older look at it.
 *
 * A file is stale when its process, on this host, is dead, or when it stood for `staleAfterMs` of our own waiting: no
 * clocks are compared.
 * @returns undefined where the lock was not to be had within `patienceMs`
 */
export async function acquireLock(
  folder: string,
  rules: LockRules,
  signal?: AbortSignal,
): Promise<FileLock | undefined> {
  const mine = `${process.pid}.${await hostId()}.${rules.nonce()}`;
  const watched = new Map<string, number>();
  const isStale = async (file: string) => (watched.get(file) ?? 0) >= rules.staleAfterMs || (await isDead(file));

  for (let waitedMs = 0; ; ) {
    signal?.throwIfAborted();
    const { stale, live } = await judge(await listIfThere(folder), isStale);
    if (live.length === 0 && (await take(folder, mine, stale))) return lockOf(folder, mine, stale);
    if (waitedMs >= rules.patienceMs) return undefined;
    const delayMs = 1 + Math.floor(rules.random() * Math.min(50, 10 + waitedMs / 10));
    await rules.sleep(delayMs, signal);
    waitedMs += delayMs;
    for (const file of live) watched.set(file, (watched.get(file) ?? 0) + delayMs);
  }
}

/** Does the work under the lock. @throws WaybillError `STORE_BUSY` where it was not to be had in time */
export async function underLock<T>(
  folder: string,
  rules: LockRules,
  work: (lock: FileLock) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const lock = await acquireLock(folder, rules, signal);
  if (lock === undefined) throw lockLost(folder, `was locked by another for ${rules.patienceMs} ms`);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/** The error for a lock that could not be had or kept. */
export function lockLost(folder: string, why: string): WaybillError {
  return new WaybillError('STORE_BUSY', `${folder} ${why}`, {
    kind: 'remote',
    hint: 'Another job keeps writing there; try again.',
  });
}

async function judge(files: readonly string[], isStale: (file: string) => Promise<boolean>) {
  const stale: string[] = [];
  const live: string[] = [];
  for (const file of files) ((await isStale(file)) ? stale : live).push(file);
  return { stale, live };
}

async function take(folder: string, mine: string, stale: readonly string[]): Promise<boolean> {
  const path = join(folder, mine);
  await inFolder(folder, () => writeFile(path, '', { flag: 'wx' }));
  const now = await listIfThere(folder);
  if (now.includes(mine) && now.every((file) => file === mine || stale.includes(file))) return true;
  await unlinkIfThere(path);
  return false;
}

async function lockOf(folder: string, mine: string, stale: readonly string[]): Promise<FileLock> {
  for (const file of stale) await unlinkIfThere(join(folder, file));
  return {
    held: async () => (await listIfThere(folder)).includes(mine),
    release: async () => {
      await unlinkIfThere(join(folder, mine));
    },
  };
}

async function isDead(file: string): Promise<boolean> {
  const [pid = '', host = ''] = file.split('.');
  if (host !== (await hostId()) || !/^[1-9]\d{0,9}$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

let knownHostId: Promise<string> | undefined;

/** Host and, on Linux, pid namespace: containers may share a host's name, not its process ids. */
function hostId(): Promise<string> {
  knownHostId ??= readlink('/proc/self/ns/pid')
    .catch(() => '')
    .then((namespace) => createHash('sha256').update(`${hostname()}\n${namespace}`).digest('hex').slice(0, 12));
  return knownHostId;
}
