import { WaybillError } from '../errors/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { abortable } from './byte-stream.ts';
import { check } from './integrity.ts';
import type { Fetcher, IoOptions } from './ports.ts';

/** What is read into memory at once where the caller names no other cap. */
export const DEFAULT_MAX_FETCH_BYTES = 64 * 1024 * 1024;

export interface FetchAllOptions extends IoOptions {
  /** Descriptors of more bytes are refused before anything is read. Default {@link DEFAULT_MAX_FETCH_BYTES}. */
  readonly maxBytes?: number;
}

/**
 * The whole blob, verified.
 * @throws WaybillError `BLOB_TOO_LARGE`, `SIZE_MISMATCH`, `DIGEST_MISMATCH`, `BLOB_UNKNOWN`
 */
export async function fetchAll(
  fetcher: Fetcher,
  descriptor: Descriptor,
  options: FetchAllOptions = {},
): Promise<Buffer> {
  const { signal, maxBytes = DEFAULT_MAX_FETCH_BYTES } = options;
  if (descriptor.size > maxBytes) {
    throw new WaybillError(
      'BLOB_TOO_LARGE',
      `${descriptor.digest} has ${descriptor.size} bytes, at most ${maxBytes} are read`,
      {
        kind: 'integrity',
      },
    );
  }
  const checked = check(descriptor);
  const pieces: Uint8Array[] = [];
  const stream = await fetcher.fetch(descriptor, signal === undefined ? {} : { signal });
  for await (const piece of abortable(stream, signal)) {
    checked.update(piece);
    pieces.push(piece);
  }
  checked.end();
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  return Buffer.concat(pieces, descriptor.size);
}
