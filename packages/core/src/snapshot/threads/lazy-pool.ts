import type { SnapshotMachine } from '../types.ts';
import { createInlinePool, startWorkerPool, type WorkerPool } from './worker-pool.ts';

/** Threads cost 40 ms to start and are worth it from about this many bytes on. */
const WORTH_THREADS = 24 * 1024 * 1024;
const WORTH_THREADS_FILES = 3000;

/** The threads of one save or restore, started when they are first needed. */
export class LazyPool {
  readonly #machine: SnapshotMachine;
  readonly #umask: number;
  #pool: WorkerPool | undefined;

  constructor(machine: SnapshotMachine, umask: number) {
    this.#machine = machine;
    this.#umask = umask;
  }

  /** `bytes` and `files`: how much there is to do; decides once whether threads are started. */
  get(bytes: number, files: number): WorkerPool {
    const { threads, workerEntry } = this.#machine;
    const worth = bytes >= WORTH_THREADS || files >= WORTH_THREADS_FILES;
    this.#pool ??=
      worth && threads > 0 && workerEntry !== undefined
        ? startWorkerPool(workerEntry, threads, this.#umask)
        : createInlinePool(this.#umask);
    return this.#pool;
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }
}
