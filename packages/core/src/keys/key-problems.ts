import { type ErrorKind, WaybillError } from '../errors/index.ts';

/** One thing for which a key could not be derived. */
export interface KeyProblem {
  /** The input it belongs to, and what was asked of it: `key-from: lock:none`. */
  readonly subject: string;
  readonly what: string;
  /** A sentence; what to do. */
  readonly hint: string;
  /** `user` where the workflow must change, `remote` where a tool did not answer this time. */
  readonly kind: Extract<ErrorKind, 'user' | 'remote'>;
}

/** One error for all of them. Its kind is `remote` only where trying again could mend everything. */
export function keyError(problems: readonly KeyProblem[]): WaybillError {
  const lines = problems.map(({ subject, what }) => `- ${subject}: ${what}`);
  return new WaybillError('KEY_NOT_DERIVED', `the key could not be derived:\n${lines.join('\n')}`, {
    kind: problems.every(({ kind }) => kind === 'remote') ? 'remote' : 'user',
    hint: [...new Set(problems.map(({ hint }) => hint))].join(' '),
  });
}
