import { chmodSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';

/** An entry to be made below a folder. Text is taken as UTF-8. */
export interface PlantedEntry {
  /** Below the folder, `/` between names; empty for the folder itself, which must be the first then. */
  readonly path: string | Buffer;
  readonly kind: 'file' | 'folder' | 'symlink';
  /** Default: 0o644 for files, 0o755 for folders. */
  readonly mode?: number;
  readonly content?: string | Buffer;
  readonly target?: string | Buffer;
  /** Whole µs since the epoch; may be negative. Default: 1,000,000,000 s after it. */
  readonly mtimeUs?: number;
}

const DEFAULT_MTIME_US = 1e15;

/** Makes the entries in their order, each folder before what is in it, and then sets modes and times. */
export function plantTree(dir: string, entries: readonly PlantedEntry[]): void {
  mkdirSync(dir, { recursive: true });
  const placed = entries.map((entry) => ({ entry, place: placeBelow(dir, entry.path) }));
  for (const { entry, place } of placed) {
    if (entry.kind === 'file') writeFileSync(place, entry.content ?? '', { flag: 'wx' });
    else if (entry.kind === 'symlink') symlinkSync(entry.target ?? 'nowhere', place);
    else if (entry.path.length > 0) mkdirSync(place);
  }
  for (const { entry, place } of placed.reverse()) {
    if (entry.kind !== 'symlink') chmodSync(place, entry.mode ?? (entry.kind === 'file' ? 0o644 : 0o755));
    const time = toTime(entry.mtimeUs ?? DEFAULT_MTIME_US);
    if (entry.kind === 'symlink') lutimesSync(place, time, time);
    else utimesSync(place, time, time);
  }
}

/** A quarter of a µs more than the µs, so that rounding down gives it back; as text, since Node refuses negative numbers. */
function toTime(micros: number): string {
  return String((micros + 0.25) / 1e6);
}

function placeBelow(dir: string, path: string | Buffer): Buffer {
  return path.length === 0 ? Buffer.from(dir) : Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(path)]);
}
