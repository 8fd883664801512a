import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../errors/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import { isExpired, nameRef } from '../name.ts';
import type { Name, NameRecord } from '../ports.ts';
import { acquireLock } from './file-lock.ts';
import { inFolder, listIfThere, readIfThere, replaceFile, unlinkIfThere } from './files.ts';
import { encodeIndexJson, indexEntry, ownRef, parseIndexJson } from './index-json.ts';
import type { LayoutMachine } from './layout-machine.ts';
import { type NameObserver, partitionsOf, readName, readTruth } from './layout-names.ts';
import type { LayoutPaths } from './layout-paths.ts';
import { encodeName, parseNameJson } from './name-record-json.ts';

/** A put does not wait long for other writers of a projection: who comes next does its part. */
const PATIENCE_MS = 2000;
const READ_AT_ONCE = 32;

export interface LayoutIndex extends NameObserver {
  /** Makes `index.json` anew from the names. Entries that other tools put there stay. */
  rebuild(): Promise<void>;
}

/**
 * `index.json` as a projection of the names, for other tools. Each change of a name leaves a note in `index-pending` before
 * it counts; who holds the lock of the index brings all noted names up to date from their truth. So a writer that dies or
 * does not get the lock leaves its part to the next.
 */
export function layoutIndex(paths: LayoutPaths, machine: LayoutMachine): LayoutIndex {
  const note = (name: Name) =>
    inFolder(paths.pending, () =>
      writeFile(join(paths.pending, `${nameRef(name)}.${machine.nonce()}`), encodeName(name)),
    );

  const update = async (names: readonly Name[], mode: 'changed' | 'all'): Promise<boolean> => {
    const lock = await acquireLock(paths.indexLock, { ...machine.lock, patienceMs: PATIENCE_MS });
    if (lock === undefined) return false;
    try {
      const notes = await listIfThere(paths.pending);
      const known = parseIndexJson(await readIfThere(paths.indexFile));
      const entries =
        mode === 'all' || known === undefined
          ? await allEntries(paths, machine, known ?? [])
          : await changedEntries(paths, machine, known, [...names, ...(await readNotes(paths, notes))]);
      await replaceFile(paths.indexFile, paths.temp, machine.nonce(), encodeIndexJson(entries));
      for (const file of notes) await unlinkIfThere(join(paths.pending, file));
      return true;
    } finally {
      await lock.release();
    }
  };

  return {
    changing: note,
    changed: async (name) => {
      try {
        // Another may have cleared our note before the name counted; without the lock it must stand again.
        if (!(await update([name], 'changed'))) await note(name);
      } catch (error) {
        machine.log(`index.json is behind: ${errorMessage(error)}`);
      }
    },
    rebuild: async () => {
      if (!(await update([], 'all'))) machine.log('index.json is being written by another');
    },
  };
}

async function changedEntries(
  paths: LayoutPaths,
  machine: LayoutMachine,
  known: readonly Descriptor[],
  names: readonly Name[],
): Promise<readonly Descriptor[]> {
  const now = new Map<string, Descriptor | undefined>();
  for (const name of names) now.set(nameRef(name), liveEntry(await readName(paths.partition(name), name), machine));
  const kept = known.filter((entry) => !now.has(ownRef(entry) ?? ''));
  return [...kept, ...[...now.values()].filter((entry) => entry !== undefined)];
}

async function allEntries(
  paths: LayoutPaths,
  machine: LayoutMachine,
  known: readonly Descriptor[],
): Promise<readonly Descriptor[]> {
  const entries = known.filter((entry) => ownRef(entry) === undefined);
  for await (const record of allRecords(paths)) {
    const entry = liveEntry(record, machine);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function liveEntry(record: NameRecord | undefined, machine: LayoutMachine): Descriptor | undefined {
  return record === undefined || isExpired(record, machine.clock()) ? undefined : indexEntry(record);
}

async function readNotes(paths: LayoutPaths, files: readonly string[]): Promise<readonly Name[]> {
  const names: Name[] = [];
  for (const file of files) {
    const bytes = await readIfThere(join(paths.pending, file));
    const name = bytes === undefined ? undefined : parseNameJson(bytes);
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** Every name of every kind, read from the truth files, whatever the markers say. */
export async function* allRecords(paths: LayoutPaths): AsyncIterable<NameRecord> {
  for (const partition of await partitionsOf(paths)) {
    const hashes = (await listIfThere(partition.truths)).flatMap(
      (file) => /^([0-9a-f]{32})\.json$/.exec(file)?.[1] ?? [],
    );
    for (let at = 0; at < hashes.length; at += READ_AT_ONCE) {
      const batch = hashes.slice(at, at + READ_AT_ONCE).map((hash) => readTruth(partition, hash));
      for (const record of await Promise.all(batch)) if (record !== undefined) yield record;
    }
  }
}
