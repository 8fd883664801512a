import { at } from '../format/entry-table.ts';
import { MAX_WHOLE_FILE } from '../format/format.ts';
import type { ChunkResult, FrameBytes } from '../threads/tasks.ts';
import type { ContentChunk } from './content-pool.ts';
import { type ContentLedger, noteFindings } from './save-contents.ts';

/**
 * Files that are read at once. A constant, whatever the number of threads: chunks are stored in turns of these lanes,
 * so that the same tree gives the same packs on any machine.
 */
const LANES = 4;
/** A file that changes while it is read is read once more. */
const ATTEMPTS = 2;

/** Reads files of more than 1 MiB in chunks and stores those that are new, each in a frame of its own. */
export async function saveLargeFiles(ledger: ContentLedger, rows: readonly number[]): Promise<void> {
  const lanes = Array.from({ length: Math.min(LANES, rows.length) }, (_, n) => new Lane(ledger, rows, n));
  const stored: Stored[] = [];
  const settle = async (keep: number) => {
    while (stored.length > keep) await stored.shift()?.();
  };
  try {
    for (let live = [...lanes]; live.length > 0; live = live.filter((lane) => !lane.done)) {
      for (const lane of live) {
        ledger.signal?.throwIfAborted();
        const store = await lane.turn();
        if (store !== undefined) stored.push(store);
        await settle(LANES);
      }
    }
    await settle(0);
  } finally {
    await Promise.allSettled(lanes.map((lane) => lane.close()));
  }
}

/** Waits for the frames of a turn and stores them; turns are stored in their order. */
type Stored = () => Promise<void>;

/** One file after another: each turn takes the chunks of one window. */
class Lane {
  done = false;
  readonly #ledger: ContentLedger;
  readonly #rows: readonly number[];
  readonly #worker: number;
  #id: number;
  #position: number;
  #attempt = 0;
  #window: Promise<ChunkResult | undefined> | undefined;
  #chunks: ContentChunk[] = [];
  #opened = false;

  constructor(ledger: ContentLedger, rows: readonly number[], number: number) {
    this.#ledger = ledger;
    this.#rows = rows;
    this.#worker = number;
    this.#id = number;
    this.#position = number;
    this.#open();
  }

  async turn(): Promise<Stored | undefined> {
    const window = await this.#window;
    const row = this.#row;
    if (row === undefined) {
      this.done = true;
      return undefined;
    }
    if (window === undefined) {
      this.#ledger.dropped.set(row, 'unreadable');
      this.#nextFile();
      return undefined;
    }
    noteFindings(this.#ledger, window.secrets, [row]);
    const store = this.#decide(window);
    if (window.end === undefined) this.#window = this.#next();
    else this.#finish(row, window.end);
    return store;
  }

  async close(): Promise<void> {
    await this.#window?.catch(() => undefined);
    if (this.#opened) await this.#ledger.pool.run(this.#worker, { kind: 'drop', id: this.#id });
  }

  get #row(): number | undefined {
    return this.#rows[this.#position];
  }

  #open(): void {
    const row = this.#row;
    if (row === undefined) {
      this.#window = Promise.resolve(undefined);
      return;
    }
    const { pool, tree, dirs, scan } = this.#ledger;
    const files = {
      bases: dirs,
      base: Uint32Array.of(at(tree.entries.root, row)),
      paths: tree.entries.path[row] ?? '',
    };
    this.#opened = true;
    this.#window = pool.run(this.#worker, { kind: 'open', id: this.#id, files, scan }).then(
      () => this.#next(),
      () => undefined,
    );
  }

  #next(): Promise<ChunkResult | undefined> {
    return this.#ledger.pool.run(this.#worker, { kind: 'chunks', id: this.#id }).catch(() => undefined);
  }

  #decide(window: ChunkResult): Stored | undefined {
    const { contents, pool, writer, firstFrame, level } = this.#ledger;
    const take = new Uint8Array(window.sizes.length);
    const taken: number[] = [];
    let bytes = 0;
    for (const [i, size] of window.sizes.entries()) {
      let content = contents.find(window.digests, i * 32);
      if (content < 0) {
        content = contents.add(window.digests, i * 32);
        take[i] = 1;
        taken.push(content);
      }
      bytes += size;
      this.#chunks.push({ digest: window.digests.slice(i * 32, i * 32 + 32), size, content });
    }
    this.#ledger.progress(0, bytes);
    if (taken.length === 0) return undefined;
    const frames = pool.run(this.#worker, { kind: 'take', id: this.#id, take, level });
    // Awaited in its turn; until then a failure must not count as unhandled.
    frames.catch(() => undefined);
    return async () => {
      const { frames: made } = await frames;
      for (const [i, frame] of made.entries()) await placeFrame(frame, taken[i] ?? -1);
    };
    async function placeFrame(frame: FrameBytes, content: number): Promise<void> {
      contents.place(content, firstFrame + (await writer.add(frame)), 0);
    }
  }

  #finish(row: number, end: NonNullable<ChunkResult['end']>): void {
    const { entries, ctime } = this.#ledger.tree;
    if (end.stable && end.size > MAX_WHOLE_FILE) {
      entries.size[row] = end.size;
      entries.mtime[row] = end.mtime;
      ctime[row] = end.ctime;
      entries.setDigest(row, end.digest, 0);
      this.#ledger.chunks.set(row, this.#chunks);
      this.#ledger.progress(1, 0);
      this.#nextFile();
    } else if (++this.#attempt < ATTEMPTS) {
      this.#restart();
    } else {
      this.#ledger.dropped.set(row, 'changed');
      this.#nextFile();
    }
  }

  #nextFile(): void {
    this.#position += LANES;
    this.#attempt = 0;
    this.#restart();
  }

  #restart(): void {
    // Its window is 8 MiB, and comes back to nobody otherwise.
    if (this.#opened) this.#ledger.pool.run(this.#worker, { kind: 'drop', id: this.#id }).catch(() => undefined);
    this.#opened = false;
    this.#chunks = [];
    this.#id += LANES;
    this.#open();
  }
}
