import { at, EntryKind } from '../format/entry-table.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import type { WriteTask } from '../threads/tasks.ts';

/** Where a file is built: a folder and a path below it. */
export interface Target {
  readonly base: string;
  readonly path: string;
}

/** A task, the rows that its files are, and the pack that it reads. */
export interface PlannedWrite {
  readonly rows: Int32Array;
  readonly pack: number;
  readonly start: number;
  readonly length: number;
  readonly task: Omit<WriteTask, 'source'>;
}

/** Stored bytes of one task: small enough to balance threads, large enough that messages do not count. */
const TASK_STORED = 1024 * 1024;
const TASK_RAW = 4 * 1024 * 1024;
/** Frames of a task, and tasks that are read in one go, lie no further apart than this: what lies between is fetched too. */
export const STRETCH_GAP = 256 * 1024;

/** A content that is to be written somewhere. */
interface Pieces {
  readonly frame: Int32Array;
  readonly row: Int32Array;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly position: Float64Array;
  readonly part: Uint8Array;
}

/**
 * The work of a restore, as tasks, each made when it is asked for: every frame that is needed is read and decompressed once, in the order of the packs,
 * whatever the number of files that take from it. Empty files have no content and are not in it.
 */
export function* planWrites(
  index: SnapshotIndex,
  rows: readonly number[],
  targetOf: (row: number) => Target,
): Generator<PlannedWrite, void> {
  const pieces = collect(index, rows);
  const order = inPackOrder(pieces);
  for (let start = 0; start < order.length; ) {
    const end = taskEnd(index, pieces, order, start);
    yield makeTask(index, pieces, order.subarray(start, end), targetOf);
    start = end;
  }
}

/** Pieces by frame and offset; a snapshot that was saved whole has them so already. */
function inPackOrder(pieces: Pieces): Int32Array {
  const { frame, offset } = pieces;
  const order = Int32Array.from(pieces.row.keys());
  const compare = (a: number, b: number) => at(frame, a) - at(frame, b) || at(offset, a) - at(offset, b);
  for (let n = 1; n < order.length; n++) if (compare(n - 1, n) > 0) return order.sort(compare);
  return order;
}

function collect(index: SnapshotIndex, rows: readonly number[]): Pieces {
  const { entries, locations } = index;
  let count = 0;
  for (const row of rows) count += locations.chunks.get(row)?.length ?? 1;
  const pieces = {
    frame: new Int32Array(count),
    row: new Int32Array(count),
    offset: new Uint32Array(count),
    length: new Uint32Array(count),
    position: new Float64Array(count),
    part: new Uint8Array(count),
  };
  let n = 0;
  const add = (row: number, frame: number, offset: number, length: number, position: number, part: number) => {
    pieces.row[n] = row;
    pieces.frame[n] = frame;
    pieces.offset[n] = offset;
    pieces.length[n] = length;
    pieces.position[n] = position;
    pieces.part[n++] = part;
  };
  for (const row of rows) {
    const chunks = locations.chunks.get(row);
    if (chunks !== undefined) {
      let position = 0;
      for (const chunk of chunks) {
        add(row, chunk.frame, chunk.offset, chunk.size, position, 1);
        position += chunk.size;
      }
    } else if (at(entries.kind, row) === EntryKind.file && at(entries.size, row) > 0) {
      add(row, at(locations.frame, row), at(locations.offset, row), at(entries.size, row), 0, 0);
    }
  }
  return {
    frame: pieces.frame.subarray(0, n),
    row: pieces.row.subarray(0, n),
    offset: pieces.offset.subarray(0, n),
    length: pieces.length.subarray(0, n),
    position: pieces.position.subarray(0, n),
    part: pieces.part.subarray(0, n),
  };
}

/** Ends with the last piece of a frame, before a frame of another pack or one far away, and when the task is large enough. */
function taskEnd(index: SnapshotIndex, pieces: Pieces, order: Int32Array, start: number): number {
  const { frames } = index.layout.frames;
  const first = frames[at(pieces.frame, at(order, start))];
  let current = -1;
  let end = 0;
  let stored = 0;
  let raw = 0;
  for (let n = start; n < order.length; n++) {
    const row = at(pieces.frame, at(order, n));
    if (row === current) continue;
    const frame = frames[row];
    const offset = frame?.offset ?? 0;
    const far = current >= 0 && offset - end > STRETCH_GAP;
    if (frame?.pack !== first?.pack || far || stored >= TASK_STORED || raw >= TASK_RAW) return n;
    current = row;
    end = offset + (frame?.stored ?? 0);
    stored += frame?.stored ?? 0;
    raw += frame?.raw ?? 0;
  }
  return order.length;
}

function makeTask(
  index: SnapshotIndex,
  pieces: Pieces,
  order: Int32Array,
  targetOf: (row: number) => Target,
): PlannedWrite {
  const { entries } = index;
  const { frames } = index.layout.frames;
  const used = [...new Set(Array.from(order, (piece) => at(pieces.frame, piece)))];
  const local = new Map(used.map((row, n) => [row, n] as const));
  const own = used.flatMap((row) => frames[row] ?? []);
  const rows = Int32Array.from(order, (piece) => at(pieces.row, piece));
  const targets = Array.from(rows, targetOf);
  const bases = new Map<string, number>();
  for (const { base } of targets) if (!bases.has(base)) bases.set(base, bases.size);
  const last = own.at(-1);
  const start = own[0]?.offset ?? 0;
  return {
    rows,
    pack: own[0]?.pack ?? -1,
    start,
    length: last === undefined ? 0 : last.offset + last.stored - start,
    task: {
      kind: 'write',
      files: {
        bases: [...bases.keys()],
        base: Uint32Array.from(targets, ({ base }) => bases.get(base) ?? 0),
        paths: targets.map(({ path }) => path).join('\0'),
      },
      mode: Uint16Array.from(rows, (row) => at(entries.mode, row)),
      mtime: Float64Array.from(rows, (row) => at(entries.mtime, row)),
      part: Uint8Array.from(order, (piece) => at(pieces.part, piece)),
      frame: Uint32Array.from(order, (piece) => local.get(at(pieces.frame, piece)) ?? 0),
      offset: Uint32Array.from(order, (piece) => at(pieces.offset, piece)),
      length: Uint32Array.from(order, (piece) => at(pieces.length, piece)),
      position: Float64Array.from(order, (piece) => at(pieces.position, piece)),
      frames: {
        offset: Float64Array.from(own, ({ offset }) => offset),
        stored: Uint32Array.from(own, ({ stored }) => stored),
        raw: Uint32Array.from(own, ({ raw }) => raw),
        digest: Buffer.concat(own.map(({ digest }) => digest)),
      },
    },
  };
}
