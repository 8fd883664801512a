import { describe, expect, test } from '@jest/globals';
import { WaybillError } from '../errors/index.ts';
import { classifyError } from './classify-error.ts';

const ours = (code: string, kind: 'user' | 'remote' | 'integrity' | 'bug' = 'remote', cause?: unknown) =>
  new WaybillError(code, 'text', { kind, cause });
const system = (code: string) => Object.assign(new Error('text'), { code });

describe('classifyError', () => {
  test.each([
    [ours('SNAPSHOT_NEWER_FORMAT'), 'miss', 'newer-format'],
    [ours('SNAPSHOT_CORRUPT', 'integrity'), 'miss', 'corrupt'],
    [ours('DIGEST_MISMATCH', 'integrity'), 'miss', 'corrupt'],
    [ours('A_CODE_TO_COME', 'integrity'), 'miss', 'corrupt'],
    [ours('BLOB_UNKNOWN'), 'miss', 'evicted'],
    [ours('UNSAFE_ENTRY', 'integrity'), 'refused', 'unsafe-entry'],
    [ours('PARTIALLY_APPLIED'), 'error', 'partially-applied'],
    [ours('DISK_FULL'), 'error', 'disk-full'],
    [system('ENOSPC'), 'error', 'disk-full'],
    [ours('STORE_DENIED', 'remote', system('EACCES')), 'error', 'denied'],
    [system('EROFS'), 'error', 'denied'],
    [ours('DEADLINE_EXCEEDED'), 'error', 'timeout'],
    [ours('RATE_LIMITED'), 'error', 'rate-limited'],
    [ours('SERVER_ERROR'), 'error', 'server-error'],
    [ours('HTTP_TIMEOUT_IDLE'), 'error', 'timeout'],
    [ours('HTTP_TIMEOUT_ANSWER'), 'error', 'timeout'],
    [ours('HTTP_UNREACHABLE', 'remote', system('ETIMEDOUT')), 'error', 'timeout'],
    [ours('HTTP_UNREACHABLE', 'remote', system('EADDRNOTAVAIL')), 'error', 'unreachable'],
    [ours('HTTP_BROKEN', 'remote', system('ECONNRESET')), 'error', 'unreachable'],
    [ours('HTTP_TLS', 'remote', system('EPERM')), 'error', 'unreachable'],
    [ours('HTTP_PROXY_REFUSED'), 'error', 'unreachable'],
    [ours('PROXY_INVALID', 'user'), 'error', 'unreachable'],
    [ours('STORE_DENIED'), 'error', 'denied'],
    [ours('REGISTRY_REALM_REFUSED', 'user'), 'error', 'denied'],
    [ours('CREDENTIAL_HELPER_FAILED', 'user'), 'error', 'denied'],
    [ours('DOCKER_CONFIG_INVALID', 'user'), 'error', 'denied'],
    [ours('A_CODE_TO_COME'), 'error', 'unreachable'],
    [new TypeError('fetch failed', { cause: system('ECONNREFUSED') }), 'error', 'unreachable'],
    [new TypeError('x is not a function'), 'error', 'internal'],
    [ours('A_BUG', 'bug'), 'error', 'internal'],
    ['a thrown string', 'error', 'internal'],
  ])('%s is %s, %s (%#)', (error, result, reason) => {
    expect(classifyError(error)).toEqual({ result, reason });
  });

  test('a cause that is its own cause comes to an end', () => {
    const error = new Error('round');
    error.cause = error;
    expect(classifyError(error)).toEqual({ result: 'error', reason: 'internal' });
  });
});
