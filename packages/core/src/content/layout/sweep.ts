import { rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors/index.ts';
import { nameHash } from '../name.ts';
import type { NameRecord } from '../ports.ts';
import { acquireLock } from './file-lock.ts';
import { inFolder, listIfThere, statIfThere, unlinkIfThere } from './files.ts';
import type { LayoutMachine } from './layout-machine.ts';
import { partitionsOf, readTruth } from './layout-names.ts';
import type { LayoutPaths, PartitionPaths } from './layout-paths.ts';
import { markerFile } from './name-marker.ts';
import type { StoredBlob } from './scan.ts';

/** Removes what was on its way when its process died: files last written before `before`, in milliseconds since the epoch. */
export async function sweepTemp(paths: LayoutPaths, before: number): Promise<void> {
  for (const file of await listIfThere(paths.temp)) {
    const path = join(paths.temp, file);
    const found = await statIfThere(path);
    if (found !== undefined && found.mtimeMs <= before) await rm(path, { force: true });
  }
}

/**
 * Removes a blob that nobody touched since `before`. It is moved aside first and looked at there, so a save that touches
 * it in the same moment either keeps it or sees that it is gone. True where it was removed.
 */
export async function sweepBlob(paths: LayoutPaths, blob: StoredBlob, before: number, nonce: string): Promise<boolean> {
  const path = paths.blob(blob.digest);
  const aside = join(paths.temp, `evict-${nonce}`);
  const now = await statIfThere(path);
  if (now === undefined || now.mtimeMs > before) return false;
  try {
    await rename(path, aside);
  } catch (error) {
    // Missing: another evicted it. The others: on Windows, a reader has it open; the next sweep takes it.
    if (['ENOENT', 'EPERM', 'EACCES', 'EBUSY'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
  const moved = await statIfThere(aside);
  if (moved !== undefined && moved.mtimeMs > before) {
    await rename(aside, path);
    return false;
  }
  return unlinkIfThere(aside);
}

/** Counts of uses whose name is gone. */
export async function sweepAccess(paths: LayoutPaths, records: readonly NameRecord[]): Promise<void> {
  const known = new Set(records.map(({ name }) => nameHash(name)));
  for (const file of await listIfThere(paths.access))
    if (!known.has(file)) await unlinkIfThere(join(paths.access, file));
}

/** Makes the markers of every partition what its truth files say, and removes partitions that hold nothing. */
export async function sweepPartitions(
  paths: LayoutPaths,
  machine: LayoutMachine,
  records: readonly NameRecord[],
): Promise<void> {
  const expected = new Map<string, Set<string>>();
  for (const { name, createdAt } of records) {
    const { dir } = paths.partition(name);
    expected.set(dir, (expected.get(dir) ?? new Set()).add(markerFile(name.key, createdAt)));
  }
  for (const partition of await partitionsOf(paths)) {
    const wanted = expected.get(partition.dir);
    const markers = await listIfThere(partition.markers);
    const right = wanted !== undefined && wanted.size === markers.length && markers.every((file) => wanted.has(file));
    if (!right) await repairPartition(partition, machine);
  }
}

/** Under the lock nobody is between marker and truth. A partition that is busy is left to the next sweep. */
async function repairPartition(partition: PartitionPaths, machine: LayoutMachine): Promise<void> {
  const lock = await acquireLock(partition.lock, { ...machine.lock, patienceMs: 1000 });
  if (lock === undefined) return;
  let empty: boolean;
  try {
    const truths = await listIfThere(partition.truths);
    const wanted = new Set<string>();
    for (const file of truths) {
      const record = await readTruth(partition, file.replace(/\.json$/, ''));
      if (record !== undefined) wanted.add(markerFile(record.name.key, record.createdAt));
    }
    const markers = new Set(await listIfThere(partition.markers));
    for (const file of markers) if (!wanted.has(file)) await unlinkIfThere(join(partition.markers, file));
    for (const file of wanted)
      if (!markers.has(file)) await inFolder(partition.markers, () => writeFile(join(partition.markers, file), ''));
    empty = truths.length === 0;
    if (empty) for (const folder of [partition.truths, partition.markers]) await removeIfEmpty(folder);
  } finally {
    await lock.release();
  }
  if (empty) for (const folder of [partition.lock, partition.dir]) await removeIfEmpty(folder);
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EPERM', 'EBUSY'].includes(errorCode(error) ?? '')) throw error;
  }
}
