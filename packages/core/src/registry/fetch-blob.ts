import { type ByteStream, blobUnknown, type FetchOptions, rangeOf, single } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import { type HttpResponse, isTransient } from '../http/index.ts';
import { type Descriptor, isManifestType } from '../oci/index.ts';
import type { Client } from './client.ts';
import { hasStatus } from './registry-error.ts';

interface Part {
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of a blob or a manifest, or a part of them; unverified. A body that breaks off goes on where it stopped.
 * @param where `blobs/<digest>` or `manifests/<digest>`
 * @throws WaybillError `BLOB_UNKNOWN`, `RANGE_INVALID`; `REGISTRY_RANGE_WRONG` where another part comes than was asked for, or none
 */
export async function fetchBlob(
  client: Client,
  host: string,
  descriptor: Descriptor,
  options: FetchOptions = {},
): Promise<ByteStream> {
  const { signal, range, transient = false } = options;
  signal?.throwIfAborted();
  const part = rangeOf(descriptor, options);
  if (range !== undefined && part.length === 0) return single(new Uint8Array());
  const open = (received: number) =>
    request(
      client,
      host,
      descriptor,
      { start: part.start + received, length: part.length - received },
      { signal, transient },
    );
  const first = await client.retrying(() => open(0), signal);
  return resuming(client, first, open, part.length, signal);
}

async function request(
  client: Client,
  host: string,
  descriptor: Descriptor,
  part: Part,
  { signal, transient }: { readonly signal: AbortSignal | undefined; readonly transient: boolean },
): Promise<ByteStream> {
  const whole = part.length === descriptor.size;
  const kind = isManifestType(descriptor.mediaType) ? 'manifests' : 'blobs';
  // Manifests have no ranges (distribution-spec 1.1): the part is cut out of the whole.
  const ranged = !whole && kind === 'blobs';
  try {
    const response = await client.send({
      method: 'GET',
      to: `${kind}/${descriptor.digest}`,
      action: 'pull',
      headers: {
        ...(kind === 'manifests' ? { accept: descriptor.mediaType } : {}),
        ...(ranged ? { range: `bytes=${part.start}-${part.start + part.length - 1}` } : {}),
      },
      signal,
      accept: ranged ? [200, 206] : [200],
    });
    if (response.status === 206) await checkRange(response, part, descriptor);
    const body = transient ? response.passing() : response.body;
    return whole || response.status === 206 ? body : cut(body, part);
  } catch (error) {
    if (hasStatus(error, 404)) throw blobUnknown(descriptor, host, error);
    if (ranged && hasStatus(error, 416)) throw tooShort(descriptor, part, host, error);
    throw error;
  }
}

/** The range lies within the descriptor's size, so a registry that cannot give it has other bytes than those. */
function tooShort(descriptor: Descriptor, { start, length }: Part, host: string, cause: unknown): WaybillError {
  return new WaybillError(
    'REGISTRY_RANGE_WRONG',
    `asked ${host} for ${length} bytes from ${start} of ${descriptor.digest}, which should have ${descriptor.size} bytes: it has fewer`,
    { kind: 'integrity', cause },
  );
}

async function checkRange(response: HttpResponse, { start, length }: Part, descriptor: Descriptor): Promise<void> {
  const said = response.headers['content-range'] ?? 'none';
  const [, first, last] = /^bytes\s+(\d+)-(\d+)\/(?:\d+|\*)$/i.exec(said.trim()) ?? [];
  if (Number(first) === start && Number(last) === start + length - 1) return;
  await response.discard();
  throw new WaybillError(
    'REGISTRY_RANGE_WRONG',
    `asked ${response.url.host} for ${length} bytes from ${start} of ${descriptor.digest}, it gives the range ${said}`,
    { kind: 'integrity' },
  );
}

/** The part of a stream that begins at the start of the blob. */
async function* cut(stream: ByteStream, { start, length }: Part): ByteStream {
  let at = 0;
  for await (const piece of stream) {
    const from = Math.max(0, start - at);
    const to = Math.min(piece.byteLength, start + length - at);
    if (from < to) yield piece.subarray(from, to);
    at += piece.byteLength;
    if (at >= start + length) return;
  }
}

async function* resuming(
  client: Client,
  first: ByteStream,
  open: (received: number) => Promise<ByteStream>,
  length: number,
  signal: AbortSignal | undefined,
): ByteStream {
  let pieces = first[Symbol.asyncIterator]();
  let received = 0;
  let broken = false;
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    if (broken) {
      if (received >= length) return { done: true, value: undefined };
      pieces = (await open(received))[Symbol.asyncIterator]();
      broken = false;
    }
    try {
      return await pieces.next();
    } catch (error) {
      broken = isTransient(error);
      throw error;
    }
  };
  try {
    for (;;) {
      const piece = await client.retrying(next, signal);
      if (piece.done === true) return;
      received += piece.value.byteLength;
      yield piece.value;
    }
  } finally {
    await pieces.return?.();
  }
}
