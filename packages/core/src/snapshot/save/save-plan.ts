import { isCredentialPath } from '../../secrets/index.ts';
import { proves, type TreeRecord } from '../disk/record.ts';
import { type ContentLocations, createLocations } from '../format/content-locations.ts';
import { at, EntryKind } from '../format/entry-table.ts';
import { MAX_WHOLE_FILE } from '../format/format.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import { scannedName } from '../threads/scan-file.ts';
import type { SecretScan } from '../threads/tasks.ts';
import type { ContentChunk, ContentPool } from './content-pool.ts';
import type { DiskTree } from './walk-roots.ts';

const EMPTY_SHA256 = Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex');

/** What must be read, and what is known without. */
export interface SavePlan {
  /** Files of up to 1 MiB to read, in order. */
  readonly small: readonly number[];
  /** Larger ones. */
  readonly large: readonly number[];
  /** Bytes of both. */
  readonly bytes: number;
  /** Of files that lie where the parent has them; the frames are the parent's. */
  readonly locations: ContentLocations;
  /** By row: contents that were found by digest; -1 for all others. */
  readonly content: Int32Array;
  readonly chunks: Map<number, readonly ContentChunk[]>;
}

/**
 * Sets the digests that need no reading: of empty files, and of files that the record proves unchanged and whose
 * contents the parent has. Files at which credentials are kept are always read, to be looked at.
 */
export function planReads(
  disk: DiskTree,
  record: TreeRecord | undefined,
  parent: SnapshotIndex | undefined,
  contents: ContentPool,
  scan: SecretScan | undefined,
): SavePlan {
  const { entries } = disk;
  const small: number[] = [];
  const large: number[] = [];
  const plan = {
    small,
    large,
    bytes: 0,
    locations: createLocations(entries.count),
    content: new Int32Array(entries.count).fill(-1),
    chunks: new Map<number, readonly ContentChunk[]>(),
  };
  let cursor = 0;
  for (let row = 0; row < entries.count; row++) {
    if (at(entries.kind, row) !== EntryKind.file) continue;
    const size = at(entries.size, row);
    if (size === 0) {
      entries.setDigest(row, EMPTY_SHA256, 0);
      continue;
    }
    const root = at(entries.root, row);
    const path = entries.path[row] ?? '';
    if (record !== undefined) {
      const known = record.index.entries;
      while (cursor < known.count && known.compare(cursor, root, path) < 0) cursor++;
      const proven =
        cursor < known.count && known.compare(cursor, root, path) === 0 && isProven(disk, row, record, cursor);
      const looked = scan !== undefined && isCredentialPath(scannedName(scan, root, path));
      if (proven && !looked && takeOver(plan, row, record.index, cursor, parent, contents)) {
        entries.setDigest(row, known.digest, cursor * 32);
        continue;
      }
    }
    plan.bytes += size;
    (size <= MAX_WHOLE_FILE ? plan.small : plan.large).push(row);
  }
  return plan;
}

function isProven(disk: DiskTree, row: number, record: TreeRecord, known: number): boolean {
  const { entries } = disk;
  const root = at(entries.root, row);
  return (
    at(record.index.entries.kind, known) === EntryKind.file &&
    proves(record, known, root, {
      dev: disk.devs[root] ?? -1,
      ino: at(disk.ino, row),
      size: at(entries.size, row),
      mtimeUs: at(entries.mtime, row),
      ctimeUs: at(disk.ctime, row),
    })
  );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** False where the parent lacks some content of the file: then it must be read all the same. */
function takeOver(
  plan: Mutable<SavePlan>,
  row: number,
  index: SnapshotIndex,
  known: number,
  parent: SnapshotIndex | undefined,
  contents: ContentPool,
): boolean {
  if (parent === undefined) return false;
  const chunks = index.locations.chunks.get(known);
  if (index === parent) {
    if (chunks !== undefined) plan.locations.chunks.set(row, chunks);
    plan.locations.frame[row] = at(index.locations.frame, known);
    plan.locations.offset[row] = at(index.locations.offset, known);
    return true;
  }
  if (chunks === undefined) {
    const content = contents.find(index.entries.digest, known * 32);
    plan.content[row] = content;
    return content >= 0;
  }
  const found = chunks.map(({ digest, size }) => ({ digest, size, content: contents.find(digest, 0) }));
  if (found.some(({ content }) => content < 0)) return false;
  plan.chunks.set(row, found);
  return true;
}
