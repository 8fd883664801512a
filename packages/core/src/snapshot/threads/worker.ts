import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { errorCode, errorMessage, WaybillError } from '../../errors/index.ts';
import { ownMemory } from './own-memory.ts';
import type { Results, Task } from './tasks.ts';
import { type Reply, WORKER_ROLE } from './worker-pool.ts';
import { TaskRunner } from './worker-tasks.ts';

/** Whether this thread was started to do a snapshot's tasks. */
export function isSnapshotWorker(): boolean {
  return roleOf(workerData) === WORKER_ROLE;
}

/** Answers tasks until the pool ends the thread. Only where {@link isSnapshotWorker}. */
export function serveSnapshotWorker(): void {
  if (parentPort === null) return;
  serve(parentPort, new TaskRunner(umaskOf(workerData)));
}

function serve(port: MessagePort, runner: TaskRunner): void {
  port.on('message', ({ id, task }: { id: number; task: Task }) => {
    try {
      const result = runner.run(task);
      port.postMessage({ id, result } satisfies Reply, transferable(result));
    } catch (error) {
      const kind = error instanceof WaybillError ? error.kind : '';
      port.postMessage({
        id,
        error: { code: errorCode(error) ?? '', message: errorMessage(error), kind },
      } satisfies Reply);
    }
  });
}

/** Frames are large: their buffers move instead of being copied, where they own theirs; so does what goes back. */
function transferable(result: Results[Task['kind']]): ArrayBuffer[] {
  const frames =
    'frames' in result ? result.frames : 'frame' in result && result.frame !== undefined ? [result.frame] : [];
  const single = 'stored' in result ? [result] : [];
  const spent = 'spent' in result && result.spent !== undefined ? [result.spent] : [];
  return [...spent, ...[...frames, ...single].flatMap(({ stored }) => ownMemory(stored))];
}

function roleOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'role' in data ? data.role : undefined;
}

function umaskOf(data: unknown): number {
  return typeof data === 'object' && data !== null && 'umask' in data && typeof data.umask === 'number'
    ? data.umask
    : 0o777;
}
