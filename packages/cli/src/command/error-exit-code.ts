import { classifyError } from '@waybill/core/cache';
import { type ErrorKind, WaybillError } from '@waybill/core/errors';
import { ExitCode } from './exit-code.ts';

const BY_KIND: Readonly<Record<ErrorKind, ExitCode>> = {
  user: ExitCode.usage,
  remote: ExitCode.failed,
  integrity: ExitCode.mismatch,
  bug: ExitCode.bug,
};

/** What an error means for a script: ours by its kind; of Node's those of disk and network are `failed`, the rest are bugs. */
export function errorExitCode(error: unknown): ExitCode {
  if (error instanceof WaybillError) return BY_KIND[error.kind];
  return classifyError(error).reason === 'internal' ? ExitCode.bug : ExitCode.failed;
}
