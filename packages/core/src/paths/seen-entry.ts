import { type BigIntStats, constants, lstatSync } from 'node:fs';
import type { BytePath } from './path-set.ts';

/** What a walk knows of an entry, by lstat. */
export interface WalkEntry {
  /** Below the root; empty for the root itself. */
  readonly path: BytePath;
  readonly kind: 'file' | 'folder' | 'symlink' | 'other';
  /** Bytes; of a symlink those of its target. Means nothing for folders. */
  readonly size: number;
  /** Permission bits and the sticky bit (0o1777). */
  readonly mode: number;
  /** Whole µs since the epoch, rounded down. */
  readonly mtimeUs: number;
  /** Whole µs since the epoch, rounded down. */
  readonly ctimeUs: number;
  /** Rounded above 2^53. */
  readonly ino: number;
  readonly dev: number;
  readonly nlink: number;
}

/** One object that is filled anew for each entry. */
export class SeenEntry implements WalkEntry {
  path: BytePath = '';
  kind: WalkEntry['kind'] = 'other';
  size = 0;
  mode = 0;
  mtimeUs = 0;
  ctimeUs = 0;
  ino = 0;
  dev = 0;
  nlink = 0;

  /** @throws the system's error */
  fill(path: BytePath, at: string | Buffer): void {
    this.#take(path, lstatSync(at, BIG));
  }

  /** False where nothing is there. @throws the system's error */
  fillIfThere(path: BytePath, at: string | Buffer): boolean {
    const stats = lstatSync(at, IF_THERE);
    if (stats !== undefined) this.#take(path, stats);
    return stats !== undefined;
  }

  #take(path: BytePath, stats: BigIntStats): void {
    const mode = Number(stats.mode);
    this.path = path;
    this.kind = kindOf(mode);
    this.size = Number(stats.size);
    this.mode = mode & 0o1777;
    this.mtimeUs = floorUs(stats.mtimeNs);
    this.ctimeUs = floorUs(stats.ctimeNs);
    this.ino = Number(stats.ino);
    this.dev = Number(stats.dev);
    this.nlink = Number(stats.nlink);
  }
}

const BIG = { bigint: true } as const;
const IF_THERE = { bigint: true, throwIfNoEntry: false } as const;

/** Whole µs of a time in ns, rounded down; what compares times that a walk saw must round as it does. */
export function floorUs(ns: bigint): number {
  const us = ns / 1000n;
  return Number(ns < 0n && us * 1000n !== ns ? us - 1n : us);
}

function kindOf(mode: number): WalkEntry['kind'] {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'folder';
    case constants.S_IFLNK:
      return 'symlink';
    default:
      return 'other';
  }
}
