import type http from 'node:http';

/** The body of a request; undefined where it is longer than `limit` bytes. Reads it to its end in any case, so that an answer gets through. */
export async function readBody(request: http.IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    if (!Buffer.isBuffer(piece)) continue;
    size += piece.byteLength;
    if (size <= limit) pieces.push(piece);
  }
  return size <= limit ? Buffer.concat(pieces) : undefined;
}
