import { WaybillError } from '../errors/index.ts';

/**
 * All bytes of a body.
 * @param cap the most bytes that are taken
 * @throws WaybillError `HTTP_TOO_LARGE`, and what the body throws
 */
export async function readAll(body: AsyncIterable<Uint8Array>, cap: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.byteLength;
    if (size > cap) {
      throw new WaybillError('HTTP_TOO_LARGE', `a body has more than ${cap} bytes`, { kind: 'remote' });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}
