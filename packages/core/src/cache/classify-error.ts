import { errorCode, WaybillError } from '../errors/index.ts';
import type { Reason } from './outcome.ts';

/** What an error means for a step: its result and reason. */
export interface Verdict {
  readonly result: 'miss' | 'refused' | 'error';
  readonly reason: Reason;
}

const MISS = (reason: Reason): Verdict => ({ result: 'miss', reason });
const REFUSED = (reason: Reason): Verdict => ({ result: 'refused', reason });
const ERROR = (reason: Reason): Verdict => ({ result: 'error', reason });

/**
 * By code: ours, and those of Node's system errors (errno(3)) and of its fetch. `HTTP_UNREACHABLE` and `HTTP_BROKEN` are
 * left to the cause, which tells more.
 */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  SNAPSHOT_NEWER_FORMAT: MISS('newer-format'),
  SNAPSHOT_CORRUPT: MISS('corrupt'),
  DIGEST_MISMATCH: MISS('corrupt'),
  SIZE_MISMATCH: MISS('corrupt'),
  MANIFEST_INVALID: MISS('corrupt'),
  BLOB_UNKNOWN: MISS('evicted'),
  UNSAFE_ENTRY: REFUSED('unsafe-entry'),
  PARTIALLY_APPLIED: ERROR('partially-applied'),
  DISK_FULL: ERROR('disk-full'),
  ENOSPC: ERROR('disk-full'),
  EDQUOT: ERROR('disk-full'),
  DEADLINE_EXCEEDED: ERROR('timeout'),
  // What is wrong with the workspace fails the step before this is asked; what is left are tools that hang.
  KEY_NOT_DERIVED: ERROR('timeout'),
  TIMEOUT: ERROR('timeout'),
  HTTP_TIMEOUT_IDLE: ERROR('timeout'),
  HTTP_TIMEOUT_ANSWER: ERROR('timeout'),
  ETIMEDOUT: ERROR('timeout'),
  UND_ERR_CONNECT_TIMEOUT: ERROR('timeout'),
  UND_ERR_HEADERS_TIMEOUT: ERROR('timeout'),
  UND_ERR_BODY_TIMEOUT: ERROR('timeout'),
  RATE_LIMITED: ERROR('rate-limited'),
  STORE_DENIED: ERROR('denied'),
  DENIED: ERROR('denied'),
  REGISTRY_REALM_REFUSED: ERROR('denied'),
  CREDENTIAL_HELPER_FAILED: ERROR('denied'),
  DOCKER_CONFIG_INVALID: ERROR('denied'),
  EROFS: ERROR('denied'),
  EACCES: ERROR('denied'),
  EPERM: ERROR('denied'),
  SERVER_ERROR: ERROR('server-error'),
  STORE_UNREACHABLE: ERROR('unreachable'),
  HTTP_TLS: ERROR('unreachable'),
  HTTP_PROXY_REFUSED: ERROR('unreachable'),
  PROXY_INVALID: ERROR('unreachable'),
  ECONNREFUSED: ERROR('unreachable'),
  ECONNRESET: ERROR('unreachable'),
  EHOSTUNREACH: ERROR('unreachable'),
  ENETUNREACH: ERROR('unreachable'),
  ENOTFOUND: ERROR('unreachable'),
  EAI_AGAIN: ERROR('unreachable'),
  EPIPE: ERROR('unreachable'),
  UND_ERR_SOCKET: ERROR('unreachable'),
  ENOENT: ERROR('unreachable'),
  ENOTDIR: ERROR('unreachable'),
  EIO: ERROR('unreachable'),
  ESTALE: ERROR('unreachable'),
};

/**
 * What this error means. The nearest code that is known counts, the error's own before its causes'; bytes that break a
 * rule are `corrupt` whatever their code; a store that gives no code we know is `unreachable`; the rest is `internal`.
 */
export function classifyError(error: unknown): Verdict {
  for (let each: unknown = error, depth = 0; each !== undefined && depth < 8; each = causeOf(each), depth++) {
    const verdict = VERDICTS[errorCode(each) ?? ''];
    if (verdict !== undefined) return verdict;
  }
  if (error instanceof WaybillError) {
    if (error.kind === 'integrity') return MISS('corrupt');
    if (error.kind === 'remote') return ERROR('unreachable');
  }
  return ERROR('internal');
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
