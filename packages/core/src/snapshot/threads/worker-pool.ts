import { Worker } from 'node:worker_threads';
import { WaybillError } from '../../errors/index.ts';
import type { ResultOf, Results, Task } from './tasks.ts';
import { TaskRunner } from './worker-tasks.ts';

/** `workerData` of the threads that are to call {@link serveSnapshotWorker}. */
export const WORKER_ROLE = 'waybill-snapshot-worker';

/**
 * What a thread makes besides its buffers is small and soon forgotten. With V8's own choice the young generations of two threads
 * grow to some 50 MB, a quarter of what a restore takes, and save no time.
 */
const YOUNG_GENERATION_MB = 3;

/** Threads that do tasks. What belongs together (a group's read and pack) goes to the same one. */
export interface WorkerPool {
  /** 1 or more. */
  readonly size: number;
  run<T extends Task>(worker: number, task: T): Promise<ResultOf<T>>;
  close(): Promise<void>;
}

/** All on this thread: for small trees, where starting threads costs more than they bring. */
export function createInlinePool(umask: number): WorkerPool {
  const runner = new TaskRunner(umask);
  return {
    size: 1,
    run: async <T extends Task>(_worker: number, task: T) => resultOf(task, runner.run(task)),
    close: () => Promise.resolve(),
  };
}

/** A message from a thread. */
export type Reply =
  | { readonly id: number; readonly result: Results[Task['kind']] }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string; readonly kind: string } };

interface Waiting {
  resolve(result: Results[Task['kind']]): void;
  reject(error: unknown): void;
}

/** `size` threads, each started with `entry`. They start at once, so that they are ready when the first task comes. */
export function startWorkerPool(entry: URL, size: number, umask: number): WorkerPool {
  const threads = Array.from({ length: size }, () => new Thread(entry, umask));
  return {
    size,
    run: async <T extends Task>(worker: number, task: T) => {
      const thread = threads[worker % size];
      if (thread === undefined) throw new WaybillError('TASK_UNKNOWN', `no worker ${worker}`, { kind: 'bug' });
      return resultOf(task, await thread.run(task));
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #failure: Error | undefined;

  constructor(entry: URL, umask: number) {
    this.#worker = new Worker(entry, {
      workerData: { role: WORKER_ROLE, umask },
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      stdout: false,
      stderr: false,
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    // A thread that ends without an error (out of memory, process.exit in it) would leave its callers waiting.
    this.#worker.on('exit', (code) => this.#fail(new Error(`a worker thread ended with code ${code}`)));
  }

  run(task: Task): Promise<Results[Task['kind']]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#next++;
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, task }, movable(task));
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('result' in reply) waiting?.resolve(reply.result);
    else waiting?.reject(revive(reply.error));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}

/** Fetched bytes are large, and nobody else's. */
function movable(task: Task): ArrayBuffer[] {
  return task.kind === 'write' && task.source.kind === 'bytes' ? [task.source.bytes.buffer] : [];
}

/** A system error keeps its code; one of ours keeps its kind as well. */
function revive(error: { readonly code: string; readonly message: string; readonly kind: string }): Error {
  if (error.kind === 'remote' || error.kind === 'integrity' || error.kind === 'user' || error.kind === 'bug') {
    return new WaybillError(error.code, error.message, { kind: error.kind });
  }
  return Object.assign(new Error(error.message), error.code === '' ? {} : { code: error.code });
}

/** The runner answers each kind of task with its kind of result; the compiler cannot follow that through a message. */
function resultOf<T extends Task>(_task: T, result: Results[Task['kind']]): ResultOf<T> {
  return result as ResultOf<T>;
}
