/** An answer that is still to be sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export function reply(
  status: number,
  headers: Record<string, string> = {},
  body: Uint8Array = new Uint8Array(),
): Reply {
  return { status, headers, body };
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return reply(status, { 'content-type': 'application/json', ...headers }, Buffer.from(JSON.stringify(value)));
}

/** An error as distribution-spec 1.1 "Error Codes" writes it. */
export function failure(status: number, code: string, message: string, headers: Record<string, string> = {}): Reply {
  return json(status, { errors: [{ code, message, detail: null }] }, headers);
}

/** A request that was read, on its way to an answer. */
export interface Incoming {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}
