import { type ErrorKind, errorCode, errorMessage, redact, WaybillError } from '../errors/index.ts';

/** Codes of errors that another try may not meet. */
const TRANSIENT = new Set(['HTTP_UNREACHABLE', 'HTTP_BROKEN', 'HTTP_TIMEOUT_IDLE', 'HTTP_TIMEOUT_ANSWER']);

/** Whether the error came from the way to the other side, so that trying again may help. */
export function isTransient(error: unknown): boolean {
  return error instanceof WaybillError && TRANSIENT.has(error.code);
}

/** The URL for messages: without user, password and query, where tokens and signatures stand. */
export function displayUrl(url: URL): string {
  return redact(`${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`);
}

/** An error about one request; `what` goes on after `GET https://host/path`. */
export function httpError(
  code: string,
  request: { readonly method: string; readonly url: URL },
  what: string,
  options: { readonly kind?: ErrorKind; readonly hint?: string; readonly cause?: unknown } = {},
): WaybillError {
  const { kind = 'remote', hint, cause } = options;
  return new WaybillError(code, redact(`${request.method} ${displayUrl(request.url)} ${what}`), {
    kind,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/;
/** What a host says that speaks plain http, to OpenSSL's ear. */
const NO_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST']);
const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
]);

/** What Node threw on the way, as an error of ours; those that are ours already stay as they are. */
export function connectionError(error: unknown, request: { readonly method: string; readonly url: URL }): WaybillError {
  if (error instanceof WaybillError) return error;
  const code = errorCode(error) ?? '';
  if (NO_TLS.has(code)) {
    return httpError('HTTP_TLS', request, `failed: what answers does not speak TLS (${code})`, {
      hint: 'If it is to be spoken to by plain http, list the host in insecure-registries, or add ?insecure=true to the store.',
      cause: error,
    });
  }
  if (TLS.test(code)) {
    return httpError('HTTP_TLS', request, `failed: the certificate or TLS is not accepted (${code})`, {
      hint: 'Point NODE_EXTRA_CA_CERTS at the CA of this host, or list the host in insecure-registries, or add ?insecure=true to the store.',
      cause: error,
    });
  }
  if (UNREACHABLE.has(code)) {
    return httpError('HTTP_UNREACHABLE', request, `failed: no connection (${code})`, {
      hint: 'Check the host name, the network, and HTTPS_PROXY and NO_PROXY.',
      cause: error,
    });
  }
  return httpError('HTTP_BROKEN', request, `broke off (${code === '' ? errorMessage(error) : code})`, { cause: error });
}
