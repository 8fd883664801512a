import { randomBytes } from 'node:crypto';
import { errorMessage, WaybillError } from '../../errors/index.ts';
import { resolveRootParent } from '../../paths/index.ts';
import { measureBarrier } from '../disk/barrier.ts';
import { readRecord, recordPath, type TreeRecord } from '../disk/record.ts';
import { at, countFiles, totalSize } from '../format/entry-table.ts';
import { MAX_ENTRIES, packScale } from '../format/format.ts';
import { defaultLevel } from '../format/frame.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import { fetchSnapshotManifest } from '../format/snapshot-manifest.ts';
import { fetchIndex } from '../restore/fetch-index.ts';
import { LazyPool } from '../threads/lazy-pool.ts';
import { descriptorOf, PackReader } from '../threads/pack-reader.ts';
import type { SaveSnapshotOptions, SaveSnapshotResult, SnapshotStore } from '../types.ts';
import { ContentPool } from './content-pool.ts';
import { PackWriter } from './pack-writer.ts';
import { publishSnapshot } from './publish.ts';
import { type ContentLedger, SecretFound, saveSmallFiles } from './save-contents.ts';
import { saveLargeFiles } from './save-large-files.ts';
import { planReads } from './save-plan.ts';
import { type DiskTree, placeOf, walkRoots } from './walk-roots.ts';

/** Files that a message lists by name. */
const LISTED = 10;

/**
 * Stores what the step's paths hold as a snapshot: only contents that the parent lacks are compressed and pushed, and
 * files that the record of this machine proves unchanged are not read. The caller gives the snapshot its name; before
 * that nobody finds it.
 * @throws WaybillError of the store, `TREE_TOO_LARGE`
 */
export async function saveSnapshot(options: SaveSnapshotOptions): Promise<SaveSnapshotResult> {
  const { paths, machine, signal } = options;
  const dirs = paths.roots.map(({ dir }) => resolveRootParent(dir));
  const barriers = dirs.map((dir) => measureBarrier(dir, randomBytes(4).toString('hex'), machine.now()));
  const disk = walkRoots(paths, dirs, options);
  if (disk.entries.count === 0) return { kind: 'nothing-matched' };
  if (disk.entries.count > MAX_ENTRIES) throw tooLarge(disk.entries.count);
  options.progress?.({ phase: 'walk', files: countFiles(disk.entries), bytes: 0 });
  signal?.throwIfAborted();
  const recordFile = machine.stateDir === undefined ? undefined : recordPath(machine.stateDir, dirs, paths.patterns);
  const record = recordFile === undefined ? undefined : readRecord(recordFile);
  const reader = new PackReader(options.store, signal);
  const parent = await openParent(options, record, reader);
  const pool = new LazyPool(machine, process.umask());
  try {
    const ledger = openLedger(options, disk, dirs, parent);
    const plan = planReads(disk, record, parent, ledger.contents, ledger.scan);
    const threads = pool.get(plan.bytes, plan.small.length + plan.large.length);
    const { compressionLevel } = options;
    const level = compressionLevel === 'auto' ? defaultLevel(plan.bytes) : compressionLevel;
    const reading = { ...ledger, level, pool: threads, content: plan.content, chunks: plan.chunks };
    await saveLargeFiles(reading, plan.large);
    await saveSmallFiles(reading, plan.small);
    tell(options, reading);
    return await publishSnapshot(options, {
      ledger: reading,
      locations: plan.locations,
      parent,
      reader,
      barriers,
      recordFile,
    });
  } catch (error) {
    if (!(error instanceof SecretFound)) throw error;
    const { file, kind } = error.finding;
    return { kind: 'secret-found', file: nameOf(options, disk, file), secret: kind };
  } finally {
    await pool.close();
  }
}

function openLedger(
  options: SaveSnapshotOptions,
  disk: DiskTree,
  dirs: readonly string[],
  parent: SnapshotIndex | undefined,
): Omit<ContentLedger, 'pool' | 'content' | 'chunks' | 'level'> {
  const { paths, secrets, store, signal } = options;
  const done = { files: 0, bytes: 0 };
  return {
    tree: disk,
    dirs,
    contents: new ContentPool(parent),
    writer: new PackWriter(store, packScale(totalSize(disk.entries)), signal),
    firstFrame: parent?.layout.frames.frames.length ?? 0,
    scan: secrets.allow ? undefined : { names: paths.roots.map(({ name }) => latin1(name)), needles: secrets.needles },
    dropped: new Map(),
    findings: [],
    progress: (files, bytes) => {
      done.files += files;
      done.bytes += bytes;
      options.progress?.({ phase: 'read', ...done });
    },
    signal,
  };
}

/** The snapshot to build on; undefined, and why in a notice, where it cannot be used: then all is stored anew. */
async function openParent(
  options: SaveSnapshotOptions,
  record: TreeRecord | undefined,
  reader: PackReader,
): Promise<SnapshotIndex | undefined> {
  const { parent, store, signal } = options;
  if (parent === undefined) return undefined;
  try {
    const index =
      record?.manifest.digest === parent.digest
        ? record.index
        : await fetchIndex(store, await fetchSnapshotManifest(store, parent, signal), reader, signal);
    if (await renewPacks(index, store, signal)) return index;
    options.notice('the snapshot to build on has lost some of its packs: everything is stored anew');
  } catch (error) {
    signal?.throwIfAborted();
    options.notice(`the snapshot to build on cannot be read, so everything is stored anew: ${errorMessage(error)}`);
  }
  return undefined;
}

/**
 * Whether the packs are there, which counts as pushing them. Only a store that evicts by itself is asked. Of any other the answer
 * would be worth nothing in the end: what is gone when the snapshot has its name is looked for then, by whoever names it, and
 * has to be, since only from then on the packs are kept by a name that nobody has decided to remove.
 */
async function renewPacks({ layout }: SnapshotIndex, store: SnapshotStore, signal?: AbortSignal): Promise<boolean> {
  const { renew } = store;
  if (renew === undefined) return true;
  const there = await Promise.all(
    layout.frames.packs.map((pack) => renew(descriptorOf(pack), signal === undefined ? {} : { signal })),
  );
  return !there.includes(false);
}

function tell(options: SaveSnapshotOptions, ledger: ContentLedger): void {
  const dropped = [...ledger.dropped];
  for (const [row, reason] of dropped.slice(0, LISTED)) {
    const why = reason === 'changed' ? 'it changed while it was read, twice' : 'it cannot be read';
    options.warning(`${nameOf(options, ledger.tree, row)} is left out: ${why}`);
  }
  if (dropped.length > LISTED) options.warning(`${dropped.length - LISTED} more files are left out`);
  const { findings } = ledger;
  const [first] = findings;
  if (first === undefined) return;
  const more = findings.length === 1 ? '' : ` and ${findings.length - 1} more files`;
  options.notice(`${nameOf(options, ledger.tree, first.file)}${more}: looks like a ${first.kind}, and is saved`);
}

function nameOf(options: SaveSnapshotOptions, disk: DiskTree, row: number): string {
  return placeOf(options.paths, at(disk.entries.root, row), disk.entries.path[row] ?? '');
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function tooLarge(entries: number): WaybillError {
  return new WaybillError('TREE_TOO_LARGE', `the paths hold ${entries} entries, at most ${MAX_ENTRIES} can be saved`, {
    kind: 'user',
    hint: 'Save less, or in several steps.',
  });
}
