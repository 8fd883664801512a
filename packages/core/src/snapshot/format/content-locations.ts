/** A chunk of a file that is larger than one content. */
export interface Chunk {
  /** sha256, 32 bytes. */
  readonly digest: Uint8Array;
  /** Raw bytes. */
  readonly size: number;
  readonly frame: number;
  /** Of its first raw byte in the frame. */
  readonly offset: number;
}

/** Where the contents of a tree's files lie; rows are the entries' rows, frames are rows of the frame table. */
export interface ContentLocations {
  /** Frame of a file that is one content; -1 for what has none (empty files, folders, symlinks) or has chunks. */
  readonly frame: Int32Array;
  readonly offset: Int32Array;
  readonly chunks: Map<number, readonly Chunk[]>;
}

export function createLocations(rows: number): ContentLocations {
  return { frame: new Int32Array(rows).fill(-1), offset: new Int32Array(rows), chunks: new Map() };
}
