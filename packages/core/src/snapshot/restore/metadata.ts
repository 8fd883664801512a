import { chmodSync, lutimesSync, utimesSync } from 'node:fs';
import { utimesArgument } from '../disk/stat-times.ts';
import { at, EntryKind, type EntryTable } from '../format/entry-table.ts';

/** Gives what stands at `path` the mode and mtime of an entry; `path` is known to be of the entry's kind. */
export function applyMetadata(path: string | Buffer, entries: EntryTable, row: number): void {
  const seconds = utimesArgument(at(entries.mtime, row));
  if (at(entries.kind, row) === EntryKind.symlink) {
    lutimesSync(path, seconds, seconds);
    return;
  }
  chmodSync(path, at(entries.mode, row));
  utimesSync(path, seconds, seconds);
}
