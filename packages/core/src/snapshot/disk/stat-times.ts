import { type BigIntStats, fstatSync, lstatSync } from 'node:fs';
import { floorUs } from '../../paths/index.ts';

/** What lstat or fstat shows, as numbers; times in whole µs, rounded down as the walk does. */
export interface Seen {
  readonly isFile: boolean;
  readonly size: number;
  readonly mtimeUs: number;
  readonly ctimeUs: number;
  readonly ino: number;
  readonly dev: number;
}

/** Of an open file. */
export function seenOf(file: number): Seen {
  return toSeen(fstatSync(file, BIG));
}

/** Of what stands at a path; a symlink is not followed. */
export function seenAt(path: string | Buffer): Seen {
  return toSeen(lstatSync(path, BIG));
}

/**
 * What `utimes` must be given for exactly this µs. Half a µs more, since Node rounds down from a double; times before
 * 1970 as text, since Node takes a negative number for the present.
 */
export function utimesArgument(micros: number): number | string {
  return micros >= 0 ? (micros + 0.5) / 1e6 : `${(micros + 0.5) / 1e6}`;
}

// As floating-point ms, a time can be off by one µs.
const BIG = { bigint: true } as const;

function toSeen(stats: BigIntStats): Seen {
  return {
    isFile: stats.isFile(),
    size: Number(stats.size),
    mtimeUs: floorUs(stats.mtimeNs),
    ctimeUs: floorUs(stats.ctimeNs),
    ino: Number(stats.ino),
    dev: Number(stats.dev),
  };
}
