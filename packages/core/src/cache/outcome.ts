import type { Descriptor, Digest } from '../oci/index.ts';

/**
 * How a restore ended. `exact`, `partial`: files are there. `miss`: the store answered, and has nothing that fits.
 * `refused`: something fits, and a rule forbids it. `error`: no answer, or a broken one. `skipped`: not tried.
 */
export type RestoreResult = 'exact' | 'partial' | 'miss' | 'refused' | 'error' | 'skipped';

/** How a save ended. `new`, `delta`, `unchanged`: the name now stands. The others as with {@link RestoreResult}. */
export type SaveResult = 'new' | 'delta' | 'unchanged' | 'refused' | 'error' | 'skipped';

/** Why; empty where the result says it all. The list only grows. docs/troubleshooting-misses.md tells what each means. */
export const REASONS = [
  '',
  'restore-key',
  'key-prefix',
  'no-entry',
  'other-paths',
  'other-platform',
  'other-scope',
  'evicted',
  'newer-format',
  'mode',
  'read-only',
  'untrusted-event',
  'policy',
  'unsafe-entry',
  'secret-found',
  'unreachable',
  'timeout',
  'rate-limited',
  'denied',
  'server-error',
  'corrupt',
  'disk-full',
  'partially-applied',
  'internal',
  'no-service',
  'no-ref',
  'exact-hit',
  'exists',
  'save-never',
  'other-branch',
  'nothing-matched',
] as const;

export type Reason = (typeof REASONS)[number];

/** What a restore did. Times in milliseconds. */
export interface RestoreOutcome {
  readonly result: RestoreResult;
  readonly reason: Reason;
  /** Digest of the tree; where something was found. */
  readonly digest?: Digest;
  readonly matchedKey?: string;
  /** The snapshot that was restored, or found by a look-up alone: what a save builds on. */
  readonly manifest?: Descriptor;
  readonly restoredFiles: number;
  readonly restoredBytes: number;
  readonly downloadedBytes: number;
  readonly durationMs: number;
}

/** What a save did. Times in milliseconds. */
export interface SaveOutcome {
  readonly result: SaveResult;
  readonly reason: Reason;
  /** Digest of the tree; where something was saved. */
  readonly digest?: Digest;
  readonly files: number;
  /** Bytes of all files. */
  readonly rawBytes: number;
  readonly uploadedBytes: number;
  /** Stored bytes of the parent that the snapshot goes on using. */
  readonly reusedBytes: number;
  readonly durationMs: number;
}

/** Whether files are there, or would be. */
export function isHit(outcome: Pick<RestoreOutcome, 'result'>): boolean {
  return outcome.result === 'exact' || outcome.result === 'partial';
}
