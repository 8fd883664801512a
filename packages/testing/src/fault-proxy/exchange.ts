import http from 'node:http';

/** A request that was read whole. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer that was read whole. */
export interface ProxiedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** What belongs to one connection alone (RFC 9110 section 7.6.1), and what follows from the body. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

export async function readWhole(stream: http.IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) if (piece instanceof Buffer) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Asks the target, `host:port`, what was asked here, the `Host` header included. */
export async function askTarget(
  agent: http.Agent,
  target: string,
  { method, path, headers, body }: ProxiedRequest,
): Promise<ProxiedAnswer> {
  const sent = { ...withoutConnection(headers), 'content-length': String(body.byteLength) };
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const at = target.lastIndexOf(':');
    const place = { host: target.slice(0, at), port: Number(target.slice(at + 1)), agent };
    http
      .request({ ...place, method, path, headers: sent })
      .once('response', resolve)
      .once('error', reject)
      .end(body);
  });
  const whole = await readWhole(answer);
  // The length of what a HEAD did not send is what it is about.
  const length = method === 'HEAD' ? lengthOf(answer) : {};
  return {
    status: answer.statusCode ?? 502,
    headers: { ...withoutConnection(answer.headers), ...length },
    body: whole,
  };
}

/** Sends it whole. */
export function sendAnswer(response: http.ServerResponse, { status, headers, body }: ProxiedAnswer): void {
  const bare = status === 204 || response.req.method === 'HEAD';
  const length = bare ? {} : { 'content-length': body.byteLength };
  response.writeHead(status, { ...length, ...copied(headers) });
  response.end(body);
}

/** Node's types want lists that may be changed. */
export function copied(headers: ProxiedAnswer['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

function withoutConnection(headers: http.IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !OF_THE_CONNECTION.has(name)) kept[name] = value;
  }
  return kept;
}

function lengthOf({ headers }: http.IncomingMessage): Record<string, string> {
  const length = headers['content-length'];
  return length === undefined ? {} : { 'content-length': length };
}
