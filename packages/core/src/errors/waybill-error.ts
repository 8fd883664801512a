/**
 * Who has to act on an error.
 * - `user`: an input, a file or a setting is wrong; the text says which and what is accepted.
 * - `remote`: a store, a network or a disk did not do its part; trying again may help.
 * - `integrity`: bytes do not match their digest, or a rule of the format is broken.
 * - `bug`: a state that this code rules out.
 */
export type ErrorKind = 'user' | 'remote' | 'integrity' | 'bug';

export interface WaybillErrorOptions {
  readonly kind: ErrorKind;
  /** What to do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class. `code` is upper snake case and stable (`DIGEST_MISMATCH`); the message says what, which thing,
 * expected and found, and holds no secret.
 */
export class WaybillError extends Error {
  override readonly name: string = 'WaybillError';
  readonly code: string;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: WaybillErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = options.kind;
    this.hint = options.hint;
  }
}

/** The error's `code`, of ours and of Node's system errors (`ENOSPC`); undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** One line for people, whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message, and below it what to do about it, where that is known. */
export function errorAdvice(error: unknown): string {
  const hint = error instanceof WaybillError ? error.hint : undefined;
  return hint === undefined ? errorMessage(error) : `${errorMessage(error)}\n${hint}`;
}
