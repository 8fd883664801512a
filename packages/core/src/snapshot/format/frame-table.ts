import { type Digest, digestFromBytes } from '../../oci/index.ts';
import { DigestTable } from './digest-table.ts';
import type { Pack } from './format.ts';

/** A run of contents, compressed together: the unit of verifying, of ranges, of memory. */
export interface Frame {
  /** Row of its pack. */
  readonly pack: number;
  /** Of its first byte in the pack. */
  readonly offset: number;
  /** Bytes in the pack. */
  readonly stored: number;
  /** Bytes when decompressed. */
  readonly raw: number;
  /** sha256 of the stored bytes, 32 bytes. */
  readonly digest: Uint8Array;
}

/** Packs and frames by row; a frame is known by the digest of its stored bytes. */
export class FrameTable {
  readonly packs: Pack[] = [];
  readonly frames: Frame[] = [];
  readonly #byDigest = new DigestTable();
  readonly #packRows = new Map<Digest, number>();

  addPack(pack: Pack): number {
    const known = this.#packRows.get(pack.digest);
    if (known !== undefined) return known;
    this.#packRows.set(pack.digest, this.packs.length);
    return this.packs.push(pack) - 1;
  }

  /** The row of this frame; one with the same digest is there once. */
  addFrame(frame: Frame): number {
    const known = this.#byDigest.find(frame.digest, 0);
    if (known >= 0) return known;
    const row = this.frames.push(frame) - 1;
    this.#byDigest.add(frame.digest, 0, row);
    return row;
  }

  findFrame(digest: Uint8Array, offset = 0): number {
    return this.#byDigest.find(digest, offset);
  }

  digestOfFrame(row: number): Digest | undefined {
    const frame = this.frames[row];
    return frame === undefined ? undefined : digestFromBytes(frame.digest);
  }
}
