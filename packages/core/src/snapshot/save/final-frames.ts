import { at } from '../format/entry-table.ts';
import { MAX_PACKS, type Pack } from '../format/format.ts';
import { openFrame } from '../format/frame.ts';
import { type Frame, FrameTable } from '../format/frame-table.ts';
import type { ByteRange, PackReader } from '../threads/pack-reader.ts';
import type { PackWriter } from './pack-writer.ts';

/** A pack of which less than this part is still needed is rewritten. */
const WORTH_KEEPING = 0.25;
/** Where a snapshot would need too many packs, the smallest are joined until so many are left. */
const ROOMY = MAX_PACKS / 2;

export interface FinalFrames {
  readonly table: FrameTable;
  /** From the numbers that the save used to rows of the table. */
  readonly rowOf: ReadonlyMap<number, number>;
  readonly reusedPacks: readonly Pack[];
  readonly reusedBytes: number;
}

/**
 * The packs and frames that the new snapshot needs, and no others. Of the parent's packs those that are hardly needed
 * any more are not taken along: what is needed of them moves to a new pack, as it is stored. The last packs may still be on
 * their way to the store.
 * @param used numbers of frames: below `parent.frames.length` the parent's rows, from there on the writer's
 */
export async function settleFrames(
  used: ReadonlySet<number>,
  parent: FrameTable | undefined,
  writer: PackWriter,
  reader: PackReader,
): Promise<FinalFrames> {
  const first = parent?.frames.length ?? 0;
  const moved = new Map<number, number>();
  if (parent !== undefined) {
    for (const pack of packsToRewrite(used, parent, writer)) {
      for (const number of used) {
        const frame = parent.frames[number];
        if (number < first && frame?.pack === pack) moved.set(number, await moveFrame(frame, parent, writer, reader));
      }
    }
  }
  await writer.cut();
  const table = new FrameTable();
  const rowOf = new Map<number, number>();
  const reused = new Set<Pack>();
  let reusedBytes = 0;
  for (const number of [...used].sort((a, b) => a - b)) {
    const own = number >= first ? number - first : moved.get(number);
    const frame = own === undefined ? parent?.frames[number] : writer.frames[own];
    const pack = own === undefined ? parent?.packs[frame?.pack ?? -1] : writer.packs[frame?.pack ?? -1];
    if (frame === undefined || pack === undefined) throw new RangeError(`there is no frame ${number}`);
    if (own === undefined) {
      reused.add(pack);
      reusedBytes += frame.stored;
    }
    rowOf.set(number, table.addFrame({ ...frame, pack: table.addPack(pack) }));
  }
  return { table, rowOf, reusedPacks: [...reused], reusedBytes };
}

function packsToRewrite(used: ReadonlySet<number>, parent: FrameTable, writer: PackWriter): number[] {
  const live = new Float64Array(parent.packs.length);
  for (const number of used) {
    const frame = parent.frames[number];
    if (frame !== undefined) live[frame.pack] = at(live, frame.pack) + frame.stored;
  }
  const needed = [...live.keys()].filter((pack) => at(live, pack) > 0);
  const rewrite = new Set(needed.filter((pack) => at(live, pack) < (parent.packs[pack]?.size ?? 0) * WORTH_KEEPING));
  const kept = needed.filter((pack) => !rewrite.has(pack)).sort((a, b) => at(live, a) - at(live, b));
  const total = kept.length + writer.packs.length + 1;
  if (total > MAX_PACKS) for (const pack of kept.slice(0, total - ROOMY)) rewrite.add(pack);
  return [...rewrite].sort((a, b) => a - b);
}

async function moveFrame(frame: Frame, parent: FrameTable, writer: PackWriter, reader: PackReader): Promise<number> {
  const pack = parent.packs[frame.pack];
  if (pack === undefined) throw new RangeError(`there is no pack ${frame.pack}`);
  const range: ByteRange = { start: frame.offset, length: frame.stored };
  const stored = await reader.read(pack, range);
  openFrame(stored, frame.digest, frame.raw);
  return writer.add({ stored, digest: frame.digest, raw: frame.raw });
}
