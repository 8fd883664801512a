import type { Chunk } from '../format/content-locations.ts';
import { DigestTable } from '../format/digest-table.ts';
import { at, EntryKind } from '../format/entry-table.ts';
import { MAX_WHOLE_FILE } from '../format/format.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';

/** Contents by digest: those of the parent, and those that this save adds. A content is a number; its place may come later. */
export class ContentPool {
  readonly #parent: SnapshotIndex | undefined;
  readonly #table = new DigestTable();
  readonly #frame: number[] = [];
  readonly #offset: number[] = [];
  #parentListed = false;

  constructor(parent: SnapshotIndex | undefined) {
    this.#parent = parent;
  }

  /** The content with the digest at `offset` of `source`, or -1. */
  find(source: Uint8Array, offset: number): number {
    this.#listParent();
    return this.#table.find(source, offset);
  }

  /** A content that was not there. */
  add(source: Uint8Array, offset: number): number {
    const id = this.#frame.length;
    this.#frame.push(-1);
    this.#offset.push(0);
    this.#table.add(source, offset, id);
    return id;
  }

  place(id: number, frame: number, offset: number): void {
    this.#frame[id] = frame;
    this.#offset[id] = offset;
  }

  frameOf(id: number): number {
    return this.#frame[id] ?? -1;
  }

  offsetOf(id: number): number {
    return this.#offset[id] ?? 0;
  }

  /** A hundred thousand digests: only when something is looked up at all. */
  #listParent(): void {
    if (this.#parentListed || this.#parent === undefined) return;
    this.#parentListed = true;
    const { entries, locations } = this.#parent;
    for (let row = 0; row < entries.count; row++) {
      const size = at(entries.size, row);
      if (at(entries.kind, row) !== EntryKind.file || size === 0) continue;
      if (size <= MAX_WHOLE_FILE) {
        this.#known(entries.digest, row * 32, at(locations.frame, row), at(locations.offset, row));
      } else {
        for (const chunk of locations.chunks.get(row) ?? []) this.#known(chunk.digest, 0, chunk.frame, chunk.offset);
      }
    }
  }

  #known(source: Uint8Array, offset: number, frame: number, place: number): void {
    if (this.#table.find(source, offset) >= 0) return;
    this.place(this.add(source, offset), frame, place);
  }
}

/** A chunk of which the content is known. */
export interface ContentChunk extends Pick<Chunk, 'digest' | 'size'> {
  readonly content: number;
}
