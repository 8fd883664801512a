import { at } from '../format/entry-table.ts';
import { groupFiles, readColumns } from '../threads/file-groups.ts';
import { type Finding, type ReadResult, ReadStatus, type SecretScan } from '../threads/tasks.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { ContentChunk, ContentPool } from './content-pool.ts';
import type { PackWriter } from './pack-writer.ts';
import { Sequencer } from './sequencer.ts';
import type { DiskTree } from './walk-roots.ts';

/** Groups that a thread has at once, so that it reads one while the order of another is awaited. */
const GROUPS_A_THREAD = 3;

/** Why a file is left out. */
export type DropReason = 'changed' | 'unreadable';

/** What is learnt while files are read; shared by all that read. */
export interface ContentLedger {
  readonly tree: DiskTree;
  readonly dirs: readonly string[];
  readonly pool: WorkerPool;
  readonly contents: ContentPool;
  readonly writer: PackWriter;
  /** Added to the writer's rows: frames of the parent have the numbers below. */
  readonly firstFrame: number;
  readonly level: number;
  readonly scan: SecretScan | undefined;
  /** By row: the content of a file of up to 1 MiB; -1 where it has none. */
  readonly content: Int32Array;
  readonly chunks: Map<number, readonly ContentChunk[]>;
  readonly dropped: Map<number, DropReason>;
  readonly findings: Finding[];
  readonly progress: (files: number, bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Somebody's credential: the save ends here. */
export class SecretFound extends Error {
  override readonly name = 'SecretFound';
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.kind);
    this.finding = finding;
  }
}

/**
 * Reads files of up to 1 MiB, group by group, and stores what is new, one frame a group. Threads run ahead of each other,
 * but what is new is decided and stored in the groups' order, so that the same tree gives the same packs.
 */
export async function saveSmallFiles(ledger: ContentLedger, rows: readonly number[]): Promise<void> {
  const groups = groupFiles(ledger.tree.entries, rows);
  const order = { decide: new Sequencer(), store: new Sequencer() };
  let next = 0;
  const lane = async (worker: number) => {
    try {
      for (let n = next++; n < groups.length; n = next++) {
        ledger.signal?.throwIfAborted();
        await saveGroup(ledger, worker, n, groups[n] ?? [], order);
      }
    } catch (error) {
      order.decide.fail(error);
      order.store.fail(error);
      throw error;
    }
  };
  const { size } = ledger.pool;
  const lanes = Array.from({ length: Math.min(size * GROUPS_A_THREAD, groups.length) }, (_, n) => lane(n % size));
  const settled = await Promise.allSettled(lanes);
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
}

async function saveGroup(
  ledger: ContentLedger,
  worker: number,
  id: number,
  rows: readonly number[],
  order: { readonly decide: Sequencer; readonly store: Sequencer },
): Promise<void> {
  const { tree, pool, writer, contents } = ledger;
  const seen = { size: tree.entries.size, mtime: tree.entries.mtime, ctime: tree.ctime };
  const columns = readColumns(tree.entries, ledger.dirs, rows, seen);
  const result = await pool.run(worker, { kind: 'read', id, keep: true, ...columns, scan: ledger.scan });
  await order.decide.wait(id);
  noteFindings(ledger, result.secrets, rows);
  const { take, taken } = decide(ledger, rows, result);
  order.decide.done();
  // Nothing is taken of most groups of a save that follows a re-install; then this only lets go of the bytes.
  const packed = await (taken.length === 0
    ? pool.run(worker, { kind: 'drop', id }).then(() => undefined)
    : pool.run(worker, { kind: 'pack', id, take, level: ledger.level }).then(({ frame }) => frame));
  await order.store.wait(id);
  if (packed !== undefined) {
    const frame = ledger.firstFrame + (await writer.add(packed));
    let offset = 0;
    for (const { content, size } of taken) {
      contents.place(content, frame, offset);
      offset += size;
    }
  }
  order.store.done();
  ledger.progress(
    rows.length,
    result.size.reduce((sum, size) => sum + size, 0),
  );
}

interface Taken {
  readonly content: number;
  readonly size: number;
}

function decide(
  ledger: ContentLedger,
  rows: readonly number[],
  result: ReadResult,
): { take: Uint8Array; taken: Taken[] } {
  const { entries, ctime } = ledger.tree;
  const take = new Uint8Array(rows.length);
  const taken: Taken[] = [];
  for (const [i, row] of rows.entries()) {
    const status = at(result.status, i);
    if (status !== ReadStatus.ok) {
      ledger.dropped.set(row, status === ReadStatus.changed ? 'changed' : 'unreadable');
      continue;
    }
    const size = at(result.size, i);
    entries.size[row] = size;
    entries.mtime[row] = at(result.mtime, i);
    ctime[row] = at(result.ctime, i);
    entries.setDigest(row, result.digest, i * 32);
    if (size === 0) continue;
    let content = ledger.contents.find(result.digest, i * 32);
    if (content < 0) {
      content = ledger.contents.add(result.digest, i * 32);
      take[i] = 1;
      taken.push({ content, size });
    }
    ledger.content[row] = content;
  }
  return { take, taken };
}

/** @throws SecretFound for the first that is to be refused */
export function noteFindings(ledger: ContentLedger, found: readonly Finding[], rows: readonly number[]): void {
  for (const finding of found) {
    const own = { ...finding, file: rows[finding.file] ?? -1 };
    if (own.refuse) throw new SecretFound(own);
    ledger.findings.push(own);
  }
}
