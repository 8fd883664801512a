import { errorCode, errorMessage } from '../errors/index.ts';
import type { LedgerFinding } from './finding.ts';

/** What is wrong with a record that could not be read, or is of another channel; undefined for every other error. */
export function recordFinding(error: unknown, ref: string): LedgerFinding | undefined {
  const code = errorCode(error);
  const isUnreadable = code === 'RECORD_INVALID' || code === 'RECORD_NEWER';
  if (!isUnreadable && code !== 'NAMES_DISAGREE') return undefined;
  return {
    code: isUnreadable ? 'record-unreadable' : 'names-disagree',
    level: 'error',
    subject: ref,
    message: errorMessage(error),
    hint: 'Compare it with a copy: a clone, the statements in the registry, or .artifacts.json.',
  };
}
