import { WaybillError } from '../../errors/index.ts';
import { ChunkedFile } from './read-chunks.ts';
import { frameOf, type KeptGroup, packGroup, readFiles } from './read-files.ts';
import { releaseBuffer } from './release-buffer.ts';
import type { Results, Task } from './tasks.ts';
import { writeFiles } from './write-files.ts';

/** Does tasks, one after another, and keeps what belongs to tasks that are still to come. */
export class TaskRunner {
  readonly #groups = new Map<number, KeptGroup>();
  readonly #open = new Map<number, ChunkedFile>();
  readonly #umask: number;

  constructor(umask: number) {
    this.#umask = umask;
  }

  run(task: Task): Results[Task['kind']] {
    switch (task.kind) {
      case 'write': {
        const result = writeFiles(task, this.#umask);
        return task.source.kind === 'bytes' ? { ...result, spent: task.source.bytes.buffer } : result;
      }
      case 'read': {
        const { result, group } = readFiles(task);
        if (task.keep) this.#groups.set(task.id, group);
        return result;
      }
      case 'pack': {
        const group = taken(this.#groups, task.id);
        const frame = packGroup(task, group);
        releaseBuffer(group.bytes);
        return { frame };
      }
      case 'open':
        this.#open.set(task.id, new ChunkedFile(task));
        return {};
      case 'chunks': {
        const file = this.#open.get(task.id);
        if (file === undefined) throw unknownTask(task.id);
        return file.next();
      }
      case 'take': {
        const file = this.#open.get(task.id);
        if (file === undefined) throw unknownTask(task.id);
        return { frames: file.take(task) };
      }
      case 'drop':
        releaseBuffer(this.#groups.get(task.id)?.bytes ?? new Uint8Array());
        this.#groups.delete(task.id);
        this.#open.get(task.id)?.drop();
        this.#open.delete(task.id);
        return {};
      case 'compress':
        return frameOf(task.bytes, task.level);
    }
  }
}

function taken<T>(from: Map<number, T>, id: number): T {
  const value = from.get(id);
  if (value === undefined) throw unknownTask(id);
  from.delete(id);
  return value;
}

function unknownTask(id: number): WaybillError {
  return new WaybillError('TASK_UNKNOWN', `task ${id} was never begun`, { kind: 'bug' });
}
