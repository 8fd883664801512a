import { at, type EntryTable } from '../format/entry-table.ts';
import { endsAt, FRAME_CUT_BITS, MAX_FRAME_RAW, MIN_FRAME_RAW, pathHash } from '../format/format.ts';
import type { FileColumns } from './tasks.ts';

export interface SeenColumns {
  readonly size: Float64Array;
  readonly mtime: Float64Array;
  readonly ctime: Float64Array;
}

/** Rows as the columns of a read task. */
export function readColumns(
  entries: EntryTable,
  dirs: readonly string[],
  rows: readonly number[],
  seen: SeenColumns,
): { readonly files: FileColumns } & SeenColumns {
  return {
    files: {
      bases: dirs,
      base: Uint32Array.from(rows, (row) => at(entries.root, row)),
      paths: rows.map((row) => entries.path[row] ?? '').join('\0'),
    },
    size: Float64Array.from(rows, (row) => at(seen.size, row)),
    mtime: Float64Array.from(rows, (row) => at(seen.mtime, row)),
    ctime: Float64Array.from(rows, (row) => at(seen.ctime, row)),
  };
}

/**
 * Runs of files whose contents become one frame. A run ends with the file that fills 1 MiB where the path's hash says
 * so, and before one that would take it over 2 MiB. Paths alone decide, so that it is known before anything is read, a
 * changed content moves nothing, and a new file moves at most one boundary.
 */
export function groupFiles(entries: EntryTable, rows: readonly number[]): number[][] {
  const groups: number[][] = [];
  let group: number[] = [];
  let bytes = 0;
  const close = () => {
    if (group.length > 0) groups.push(group);
    group = [];
    bytes = 0;
  };
  for (const row of rows) {
    const size = at(entries.size, row);
    if (bytes + size > MAX_FRAME_RAW) close();
    group.push(row);
    bytes += size;
    if (bytes >= MIN_FRAME_RAW && endsAt(pathHash(entries.path[row] ?? ''), FRAME_CUT_BITS)) close();
  }
  close();
  return groups;
}
