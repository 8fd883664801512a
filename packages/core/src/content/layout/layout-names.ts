import { link, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import { lookUp, type Partition } from '../look-up.ts';
import { checkName, isExpired, sameName } from '../name.ts';
import type { IoOptions, KeyedStore, Name, NameFilter, NameRecord, PutOptions, PutResult } from '../ports.ts';
import { mayWrite, newRecord } from '../put-rules.ts';
import { onDisk } from './disk-errors.ts';
import { type FileLock, lockLost, underLock } from './file-lock.ts';
import {
  inFolder,
  listFoldersIfThere,
  listIfThere,
  readIfThere,
  statIfThere,
  syncFolder,
  unlinkIfThere,
  writeSynced,
} from './files.ts';
import { makeLayout } from './layout-folder.ts';
import type { LayoutMachine } from './layout-machine.ts';
import { keyHash, type LayoutPaths, type PartitionPaths, truthPath } from './layout-paths.ts';
import { markerFile, mayStartWith, newestFirst } from './name-marker.ts';
import { encodeRecord, parseRecord } from './name-record-json.ts';

/** Told of each change of a name: before it counts, so that a crash leaves a trace, and when it does. */
export interface NameObserver {
  changing(name: Name): Promise<void>;
  changed(name: Name): Promise<void>;
}

/**
 * Names as files (see {@link PartitionPaths}). A name is its truth file; a marker is only a hint where to look, written
 * before the truth and removed after it. Writes of one partition take turns under its lock, and even without the lock
 * put-if-absent is a `link()`, which one process alone can do. Reads take no lock.
 */
export function layoutNames(paths: LayoutPaths, machine: LayoutMachine, observer: NameObserver): KeyedStore {
  return {
    guarantees: { scope: 'none', write: 'atomic' },
    find: (query, options) =>
      onDisk(paths.names, () =>
        lookUp(
          query,
          (scope) => openPartition(paths.partition({ ...query, scope }), { ...query, scope }, machine),
          options?.signal,
        ),
      ),
    put: (name, target, options = {}) =>
      onDisk(paths.names, () => put(paths, machine, observer, checkName(name), target, options)),
    list: (filter, options) => listRecords(paths, filter, options),
    remove: (name, options) =>
      onDisk(paths.names, () =>
        removeName(
          paths,
          machine,
          observer,
          name,
          ({ target }) => options?.expected === undefined || target.digest === options.expected,
          options,
        ),
      ),
  };
}

function openPartition(partition: PartitionPaths, of: Omit<Name, 'key'>, machine: LayoutMachine): Partition {
  const live = async (hash: string, fits: (record: NameRecord) => boolean) => {
    const record = await readTruth(partition, hash);
    return record !== undefined && fits(record) && inPartition(record, of) && !isExpired(record, machine.clock())
      ? record
      : undefined;
  };
  let files: Promise<string[]> | undefined;
  return {
    exact: (key) => live(keyHash(key), (record) => record.name.key === key),
    newest: async (prefix) => {
      files ??= listIfThere(partition.markers);
      for (const { hash, createdAt } of newestFirst(mayStartWith(await files, prefix))) {
        // A truth newer than its marker was overwritten meanwhile and counts; an older one is a write that never ended.
        const record = await live(hash, (found) => found.createdAt >= createdAt && found.name.key.startsWith(prefix));
        if (record !== undefined) return record;
      }
      return undefined;
    },
  };
}

async function put(
  paths: LayoutPaths,
  machine: LayoutMachine,
  observer: NameObserver,
  name: Name,
  target: Descriptor,
  options: PutOptions,
): Promise<PutResult> {
  options.signal?.throwIfAborted();
  const partition = paths.partition(name);
  const hash = keyHash(name.key);
  const refusal = async (): Promise<PutResult | undefined> => {
    const standing = await readName(partition, name);
    const now = machine.clock();
    if (mayWrite(standing, options, now)) return undefined;
    return { written: false, current: standing !== undefined && isExpired(standing, now) ? undefined : standing };
  };

  const early = await refusal();
  if (early !== undefined) return early;
  const work = async (lock: FileLock): Promise<PutResult> => {
    const late = await refusal();
    if (late !== undefined) return late;
    const standing = await readName(partition, name);
    const [newest] = newestFirst(await listIfThere(partition.markers));
    const record = newRecord(name, target, options, machine.clock(), newest?.createdAt);
    const marker = join(partition.markers, markerFile(name.key, record.createdAt));
    const aside = join(paths.temp, `name-${machine.nonce()}`);
    let committed = false;
    try {
      await writeSynced(aside, encodeRecord(record));
      await inFolder(partition.markers, () => writeFile(marker, ''));
      await observer.changing(name);
      if (!(await lock.held())) throw lockLost(partition.lock, 'was taken over while a name was written');
      const free = (await statIfThere(truthPath(partition, hash))) === undefined;
      await inFolder(partition.truths, () => (free ? linkNew : rename)(aside, truthPath(partition, hash)));
      committed = true;
      await syncFolder(partition.truths);
    } catch (error) {
      if (!committed) await unlinkIfThere(marker);
      // Only where the lock was taken from us in the last moment: another wrote the name.
      if (errorCode(error) !== 'EEXIST') throw error;
      if (!options.ifAbsent) throw lockLost(partition.lock, 'was taken over while a name was written');
      return { written: false, current: await readName(partition, name) };
    } finally {
      await rm(aside, { force: true });
    }
    if (standing !== undefined) await unlinkIfThere(join(partition.markers, markerFile(name.key, standing.createdAt)));
    return { written: true, record };
  };

  await makeLayout(paths);
  const result = await underLock(partition.lock, machine.lock, work, options.signal);
  if (result.written) await observer.changed(name);
  return result;
}

/** Removes the name if its record fits. True where one was removed. */
export async function removeName(
  paths: LayoutPaths,
  machine: LayoutMachine,
  observer: NameObserver,
  name: Name,
  fits: (record: NameRecord) => boolean | Promise<boolean>,
  options: IoOptions = {},
): Promise<boolean> {
  const partition = paths.partition(name);
  if ((await readName(partition, name)) === undefined) return false;
  const removed = await underLock(
    partition.lock,
    machine.lock,
    async () => {
      const record = await readName(partition, name);
      if (record === undefined || !(await fits(record))) return false;
      await observer.changing(name);
      await unlinkIfThere(truthPath(partition, keyHash(name.key)));
      await unlinkIfThere(join(partition.markers, markerFile(name.key, record.createdAt)));
      await syncFolder(partition.truths);
      return true;
    },
    options.signal,
  );
  if (removed) await observer.changed(name);
  return removed;
}

/** The record of exactly this name, live or expired. */
export async function readName(partition: PartitionPaths, name: Name): Promise<NameRecord | undefined> {
  const record = await readTruth(partition, keyHash(name.key));
  return record !== undefined && sameName(record.name, name) ? record : undefined;
}

async function* listRecords(paths: LayoutPaths, filter: NameFilter, options?: IoOptions): AsyncIterable<NameRecord> {
  const fits = ({ name }: NameRecord) =>
    name.kind === filter.kind &&
    (filter.scope === undefined || name.scope === filter.scope) &&
    (filter.version === undefined || name.version === filter.version) &&
    name.key.startsWith(filter.prefix ?? '');

  const { scope, version } = filter;
  const partitions =
    scope !== undefined && version !== undefined
      ? [paths.partition({ kind: filter.kind, scope, version })]
      : await onDisk(paths.names, () => partitionsOf(paths, filter.kind));
  for (const partition of partitions) {
    const files = await onDisk(partition.markers, () => listIfThere(partition.markers));
    const seen = new Set<string>();
    for (const { hash } of newestFirst(mayStartWith(files, filter.prefix ?? ''))) {
      options?.signal?.throwIfAborted();
      if (seen.has(hash)) continue;
      seen.add(hash);
      const record = await onDisk(partition.truths, () => readTruth(partition, hash));
      if (record !== undefined && fits(record)) yield record;
    }
  }
}

/** The partitions of one kind, or of all. */
export async function partitionsOf(paths: LayoutPaths, kind?: string): Promise<PartitionPaths[]> {
  const kinds = kind === undefined ? await listFoldersIfThere(paths.names) : [kind];
  const found: PartitionPaths[] = [];
  for (const each of kinds) {
    for (const folder of await listFoldersIfThere(paths.kind(each)))
      found.push(paths.partitionAt(join(paths.kind(each), folder)));
  }
  return found;
}

/** What the truth file says; undefined where there is none, none that can be read, or one of another key. */
export async function readTruth(partition: PartitionPaths, hash: string): Promise<NameRecord | undefined> {
  const bytes = await readIfThere(truthPath(partition, hash));
  const record = bytes === undefined ? undefined : parseRecord(bytes);
  return record !== undefined && keyHash(record.name.key) === hash ? record : undefined;
}

function inPartition({ name }: NameRecord, of: Omit<Name, 'key'>): boolean {
  return name.kind === of.kind && name.scope === of.scope && name.version === of.version;
}

/** Some file systems (exFAT, a few network ones) have no links; there the lock alone keeps writers apart. */
async function linkNew(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error;
    await rename(aside, path);
  }
}
