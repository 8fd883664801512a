import type { Digest } from '../../oci/index.ts';

/** The constants of snapshot format 1.0 (docs/architecture.md, "Snapshot"). Changing one makes another format. */
export const FORMAT_MAJOR = 1;

export const SnapshotType = {
  artifact: 'application/vnd.waybill.snapshot.v1',
  tree: 'application/vnd.waybill.snapshot.tree.v1',
  layout: 'application/vnd.waybill.snapshot.layout.v1',
  pack: 'application/vnd.waybill.snapshot.pack.v1',
} as const;

/** Any major: what a newer writer would have used. */
export const SNAPSHOT_TYPE_PATTERN = /^application\/vnd\.waybill\.snapshot\.v(\d+)$/;

const KIB = 1024;
const MIB = 1024 * KIB;

export const MAX_ENTRIES = 2_000_000;
/** A content is a whole file up to this size, or a chunk of a larger one. */
export const MAX_WHOLE_FILE = 1 * MIB;
/** Raw bytes of a frame, at most; also the largest content. */
export const MAX_FRAME_RAW = 2 * MIB;
/** Raw bytes from which on a frame may end where a path's hash says so. */
export const MIN_FRAME_RAW = 1 * MIB;
/** A frame ends after a file of which this many low bits of the path's hash are zero. */
export const FRAME_CUT_BITS = 5;
/** zstd's window, as log2: a reader never needs more. */
export const FRAME_WINDOW_LOG = 21;
/** What zstd may add to bytes that it cannot shrink. */
export const MAX_FRAME_STORED = MAX_FRAME_RAW + 64 * KIB;

/** A page of the tree ends after an entry of which this many low bits of the path's hash are zero… */
export const PAGE_CUT_BITS = 9;
/** …or that is the 2,048th of its page, or with which the page (or its companion in the layout) has about this many raw bytes. */
export const MAX_PAGE_ENTRIES = 2048;
export const MAX_PAGE_CUT_BYTES = 512 * KIB;

export const CHUNK_MIN = 256 * KIB;
export const CHUNK_AVERAGE = 1 * MIB;
export const CHUNK_MAX = 2 * MIB;

/** Packs are cut between these, times {@link packScale}. */
export const PACK_MIN = 4 * MIB;
export const PACK_MAX = 16 * MIB;
/** No snapshot needs more packs. */
export const MAX_PACKS = 512;
/** Roots are read whole; a larger one is refused before memory is taken for it. */
export const MAX_ROOT_BYTES = 256 * MIB;

/** Packs grow with the tree, so that no snapshot needs more than {@link MAX_PACKS}: a power of two, 1 up to 2 GiB of files. */
export function packScale(rawBytes: number): number {
  let scale = 1;
  while (rawBytes > scale * 2048 * MIB) scale *= 2;
  return scale;
}

/** FNV-1a (32 bits) over the bytes of a path, its halves folded together: tells where pages and frames end. */
export function pathHash(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Whether this many low bits are zero. */
export function endsAt(hash: number, bits: number): boolean {
  return (hash & ((1 << bits) - 1)) === 0;
}

export interface Pack {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}
