import { errorCode, errorMessage, WaybillError } from '../../errors/index.ts';

/** What `work` gives; an error of the file system becomes one of ours that names the path. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(path, error);
  }
}

/**
 * The error of a file operation as ours: `DISK_FULL`, `STORE_DENIED` or `STORE_UNREACHABLE`. What is no error of the
 * system (an abort, an error of ours, one of the caller's own stream) comes back as it is.
 */
export function diskError(path: string, error: unknown): unknown {
  if (error instanceof WaybillError || !isSystemError(error)) return error;
  const code = errorCode(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new WaybillError('DISK_FULL', `no space left for ${path} (${code})`, {
      kind: 'remote',
      hint: 'Free space on that disk, or lower the cap of the store (dir:PATH?max=5GiB).',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new WaybillError('STORE_DENIED', `${path} may not be written or read (${code})`, {
      kind: 'remote',
      hint: 'Give this user the rights to the folder of the store, or name another folder.',
      cause: error,
    });
  }
  return new WaybillError('STORE_UNREACHABLE', `${path}: ${errorMessage(error)}`, {
    kind: 'remote',
    hint: 'See that the folder of the store exists and that nobody removes it while jobs run.',
    cause: error,
  });
}

/** Whether nothing is there: no such file, or no such folder on the way. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** Node's system errors carry the name of the call that failed. */
function isSystemError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error && errorCode(error) !== undefined;
}
