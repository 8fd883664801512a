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
