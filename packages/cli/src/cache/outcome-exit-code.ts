import type { RestoreOutcome, SaveOutcome } from '@waybill/core/cache';
import { ExitCode } from '../command/index.ts';

/** What a restore's outcome means for a script. */
export function restoreExitCode({ result, reason }: Pick<RestoreOutcome, 'result' | 'reason'>): ExitCode {
  switch (result) {
    case 'exact':
    case 'partial':
      return ExitCode.done;
    case 'miss':
      return reason === 'corrupt' ? ExitCode.mismatch : ExitCode.notFound;
    case 'refused':
      return ExitCode.refused;
    case 'skipped':
      return reason === 'no-ref' ? ExitCode.usage : ExitCode.refused;
    case 'error':
      return reason === 'internal' ? ExitCode.bug : ExitCode.failed;
  }
}

/** What a save's outcome means for a script. That the key stands already is what was asked for. */
export function saveExitCode({ result, reason }: Pick<SaveOutcome, 'result' | 'reason'>): ExitCode {
  switch (result) {
    case 'new':
    case 'delta':
    case 'unchanged':
      return ExitCode.done;
    case 'refused':
      return ExitCode.refused;
    case 'skipped':
      if (reason === 'exists') return ExitCode.done;
      if (reason === 'nothing-matched') return ExitCode.notFound;
      return reason === 'no-ref' ? ExitCode.usage : ExitCode.refused;
    case 'error':
      if (reason === 'corrupt') return ExitCode.mismatch;
      return reason === 'internal' ? ExitCode.bug : ExitCode.failed;
  }
}
