import { abortable, type ByteStream, verifyStream } from '../content/index.ts';
import type { Descriptor } from '../oci/index.ts';

/**
 * The stream, verified, its last piece held back until all of it has been found right: what is wrong never arrives whole.
 * @throws WaybillError `SIZE_MISMATCH`, `DIGEST_MISMATCH`
 */
export async function* verifiedBody(
  descriptor: Descriptor,
  stream: ByteStream,
  signal: AbortSignal | undefined,
): ByteStream {
  let held: Uint8Array | undefined;
  for await (const piece of verifyStream(descriptor, abortable(stream, signal))) {
    if (piece.byteLength === 0) continue;
    if (held !== undefined) yield held;
    held = piece;
  }
  if (held !== undefined) yield held;
}
