import { errorCode, redact, WaybillError } from '../errors/index.ts';
import { displayUrl, type HttpResponse, isTransient, readAll } from '../http/index.ts';
import { retryAfterMs } from './retry-after.ts';

const MAX_ERROR_BYTES = 64 * 1024;

/** A registry's answer that is an error (distribution-spec 1.1, "Error Codes"). */
export class RegistryError extends WaybillError {
  readonly status: number;
  /** The codes in the body, such as `MANIFEST_UNKNOWN`. */
  readonly registryCodes: readonly string[];
  /** Milliseconds that the registry asked to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    about: {
      readonly status: number;
      readonly registryCodes: readonly string[];
      readonly retryAfterMs?: number | undefined;
      readonly hint?: string;
    },
  ) {
    super(code, message, { kind: 'remote', ...(about.hint === undefined ? {} : { hint: about.hint }) });
    this.status = about.status;
    this.registryCodes = about.registryCodes;
    this.retryAfterMs = about.retryAfterMs;
  }
}

/** Reads the rest of an answer as an error. `foreign`: it came from another host, where a redirect led. */
export async function toRegistryError(
  method: string,
  response: HttpResponse,
  { now, foreign }: { readonly now: number; readonly foreign: boolean },
): Promise<RegistryError> {
  const body = await readAll(response.body, MAX_ERROR_BYTES).catch(() => Buffer.alloc(0));
  await response.discard();
  const { codes, text } = parseErrors(body.toString('utf8'));
  const { status } = response;
  const { code, hint } = meaning(status, foreign);
  const words = text.replace(/\s+/g, ' ').trim();
  const said = words === '' ? '' : `: ${words.slice(0, 300)}`;
  return new RegistryError(code, redact(`${method} ${displayUrl(response.url)} answers ${status}${said}`), {
    status,
    registryCodes: codes,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], text, now),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Whether another try may go better. */
export function isRetryable(error: unknown): boolean {
  return isTransient(error) || ['RATE_LIMITED', 'SERVER_ERROR'].includes(errorCode(error) ?? '');
}

/** The answer was this status. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): error is RegistryError {
  return error instanceof RegistryError && statuses.includes(error.status);
}

/** The registry takes a manifest only where it has what the manifest lists; registries say so in these ways. */
export function isUnknownTarget(error: unknown): error is RegistryError {
  const codes = ['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_INVALID'];
  return (
    error instanceof RegistryError && error.status < 500 && error.registryCodes.some((code) => codes.includes(code))
  );
}

function meaning(status: number, foreign: boolean): { readonly code: string; readonly hint?: string } {
  if (status === 429)
    return { code: 'RATE_LIMITED', hint: 'Wait, or use a token: anonymous requests share one limit.' };
  // A signed address that a blob was redirected to may have run out on the way.
  if ((status >= 500 && status !== 501) || status === 408 || (foreign && status === 403))
    return { code: 'SERVER_ERROR' };
  if (status === 401)
    return { code: 'STORE_DENIED', hint: 'Log in to the registry, for example with docker/login-action.' };
  if (status === 403) {
    return {
      code: 'STORE_DENIED',
      hint:
        'The token may not do this. On ghcr.io: `permissions: packages: write` (`read` is enough to restore), and the package must ' +
        'grant this repository access (Manage Actions access). A package that does not exist yet is denied in the same way: the ' +
        'first save makes it.',
    };
  }
  return { code: 'REGISTRY_REFUSED' };
}

function parseErrors(body: string): { readonly codes: readonly string[]; readonly text: string } {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json !== 'object' || json === null || !('errors' in json) || !Array.isArray(json.errors)) {
      return { codes: [], text: body };
    }
    const errors = json.errors.map((each: unknown) => {
      if (typeof each !== 'object' || each === null) return { code: '', message: '' };
      const code = 'code' in each && typeof each.code === 'string' ? each.code : '';
      const message = 'message' in each && typeof each.message === 'string' ? each.message : '';
      return { code, message };
    });
    return {
      codes: errors.map(({ code }) => code),
      text: errors.map(({ code, message }) => [code, message].filter((part) => part !== '').join(' ')).join('; '),
    };
  } catch {
    return { codes: [], text: body };
  }
}
