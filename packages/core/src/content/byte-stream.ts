import type { ByteStream, Content } from './ports.ts';

/** The bytes of a content, from the start. */
export function openContent(content: Content): ByteStream {
  return typeof content === 'function' ? content() : single(content);
}

/** A stream of these bytes in one piece; of nothing where there are none. */
export async function* single(bytes: Uint8Array): ByteStream {
  if (bytes.byteLength > 0) yield bytes;
}

/** The stream, until the signal aborts: then its reason is thrown between two pieces. */
export async function* abortable(stream: ByteStream, signal: AbortSignal | undefined): ByteStream {
  signal?.throwIfAborted();
  for await (const piece of stream) {
    signal?.throwIfAborted();
    yield piece;
  }
}
