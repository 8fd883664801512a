import type { Readable } from 'node:stream';

/** An answer that is still to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | Readable;
  /** Bytes of the body, or, for HEAD, of what the body would be. */
  readonly length: number;
}

export function answer(status: number, headers: Record<string, string> = {}, body = ''): Answer {
  const bytes = Buffer.from(body);
  return { status, headers, body: bytes, length: bytes.byteLength };
}

export function json(status: number, value: unknown): Answer {
  return answer(status, { 'content-type': 'application/json' }, JSON.stringify(value));
}

/** An error of a Twirp service (Twirp wire protocol, "Errors"). */
export function twirpError(status: number, code: string, msg: string): Answer {
  return json(status, { code, msg });
}

/** An error of Azure's blob service ("Status and error codes"). */
export function azureError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  const xml = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return answer(status, { 'content-type': 'application/xml', 'x-ms-error-code': code, ...headers }, xml);
}
