import { corrupt } from '../format/byte-reader.ts';
import { at } from '../format/entry-table.ts';
import type { SnapshotIndex } from '../format/snapshot-index.ts';
import type { PackReader, Stretch } from '../threads/pack-reader.ts';
import type { WriteResult, WriteTask } from '../threads/tasks.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import { ThreadQueue } from './thread-queue.ts';
import { type PlannedWrite, STRETCH_GAP } from './write-plan.ts';

/** Tasks that a thread has at once: one that it does and one that waits, so that it never idles. This bounds the memory. */
const QUEUE = 2;
/** Stretches that are read at once: over a link, while one waits for its first byte others come. Each holds one task's bytes. */
const STRETCHES = 4;
/** Stored bytes of one stretch. Packs have as many, or more in large snapshots: then more than one connection is at them. */
const STRETCH_STORED = 16 * 1024 * 1024;

export interface WriteOptions {
  readonly index: SnapshotIndex;
  readonly pool: WorkerPool;
  readonly reader: PackReader;
  readonly stats: WriteResult;
  readonly progress: (files: number, bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Has the threads do all of it. When it has ended, well or badly, no thread is at work for it any more. */
export async function writePlans(options: WriteOptions, plans: Iterable<PlannedWrite>): Promise<void> {
  const { pool, signal } = options;
  const stretches = stretchesOf(plans);
  const queue = new ThreadQueue(pool.size, QUEUE);
  const lane = async () => {
    for (let next = stretches.next(); next.done !== true; next = stretches.next()) {
      signal?.throwIfAborted();
      await writeStretch(options, next.value, queue);
    }
  };
  const lanes = Array.from({ length: STRETCHES }, () => lane().catch((error: unknown) => queue.fail(error)));
  await Promise.all(lanes);
  await queue.settled();
}

/** @throws what a lane or a task before it failed with */
async function writeStretch(options: WriteOptions, plans: readonly PlannedWrite[], queue: ThreadQueue): Promise<void> {
  const { index, reader, signal } = options;
  const [first] = plans;
  const last = plans.at(-1);
  const pack = index.layout.frames.packs[first?.pack ?? -1];
  if (first === undefined || last === undefined || pack === undefined) throw corrupt('a frame lies in no pack');
  const { start } = first;
  const stretch: Stretch = await reader.open(pack, { start, length: last.start + last.length - start });
  try {
    for (const plan of plans) {
      signal?.throwIfAborted();
      const source = await stretch.take(plan);
      await queue.run((worker) => write(options, plan, source, worker));
    }
  } finally {
    await stretch.close();
  }
}

async function write(
  { pool, reader, stats, progress }: WriteOptions,
  plan: PlannedWrite,
  source: WriteTask['source'],
  worker: number,
): Promise<void> {
  const result = await pool.run(worker, { ...plan.task, source });
  if (result.spent !== undefined) reader.giveBack(result.spent);
  let bytes = 0;
  for (const [i, row] of plan.rows.entries()) {
    bytes += at(plan.task.length, i);
    if (at(plan.task.part, i) === 1) continue;
    stats.ino[row] = at(result.ino, i);
    stats.ctime[row] = at(result.ctime, i);
  }
  progress(plan.rows.length, bytes);
}

/** Plans that are read in one go: of one pack, in order, with little between them. */
function* stretchesOf(plans: Iterable<PlannedWrite>): Generator<readonly PlannedWrite[], void> {
  let stretch: PlannedWrite[] = [];
  for (const plan of plans) {
    const first = stretch[0] ?? plan;
    const last = stretch.at(-1) ?? plan;
    const gap = plan.start - last.start - last.length;
    const apart = plan !== last && (gap < 0 || gap > STRETCH_GAP);
    if (plan.pack !== first.pack || apart || plan.start + plan.length - first.start > STRETCH_STORED) {
      if (stretch.length > 0) yield stretch;
      stretch = [];
    }
    stretch.push(plan);
  }
  if (stretch.length > 0) yield stretch;
}
