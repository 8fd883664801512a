import { createHash } from 'node:crypto';
import { WaybillError } from '../errors/index.ts';
import { type Descriptor, type Digest, digestOf } from '../oci/index.ts';
import type { ByteStream, FetchOptions } from './ports.ts';

/** Takes bytes piece by piece and tells whether they are what the descriptor says. */
export interface Check {
  /** @throws WaybillError `SIZE_MISMATCH` as soon as there are too many */
  update(piece: Uint8Array): void;
  /** @throws WaybillError `SIZE_MISMATCH`, `DIGEST_MISMATCH` */
  end(): void;
}

/** Bytes of this process whose digest is known, as long as they live. */
const hashed = new WeakMap<Uint8Array, Digest>();

/** The digest of bytes that nobody changes any more: a store that they are pushed to does not hash them again. */
export function hashOnce(bytes: Uint8Array): Digest {
  const digest = digestOf(bytes);
  hashed.set(bytes, digest);
  return digest;
}

/** A check of bytes against their descriptor. */
export function check(descriptor: Descriptor): Check {
  const hash = createHash('sha256');
  let size = 0;
  let known = false;
  return {
    update(piece) {
      known = size === 0 && piece.byteLength === descriptor.size && hashed.get(piece) === descriptor.digest;
      size += piece.byteLength;
      if (size > descriptor.size) throw sizeMismatch(descriptor, `at least ${size}`);
      if (!known) hash.update(piece);
    },
    end() {
      if (size !== descriptor.size) throw sizeMismatch(descriptor, String(size));
      if (known) return;
      const found = `sha256:${hash.digest('hex')}`;
      if (found !== descriptor.digest) throw digestMismatch(descriptor, found);
    },
  };
}

/**
 * The stream, checked as it flows: what is wrong is thrown at the end, or as soon as there are too many bytes. So what
 * came before the end is not to be trusted until the end is there.
 * @throws WaybillError `SIZE_MISMATCH`, `DIGEST_MISMATCH`
 */
export async function* verifyStream(descriptor: Descriptor, stream: ByteStream): ByteStream {
  const checked = check(descriptor);
  for await (const piece of stream) {
    checked.update(piece);
    yield piece;
  }
  checked.end();
}

/** The range that is asked for, or the whole. @throws WaybillError `RANGE_INVALID` where the descriptor does not cover it */
export function rangeOf(
  descriptor: Descriptor,
  { range }: FetchOptions = {},
): { readonly start: number; readonly length: number } {
  if (range === undefined) return { start: 0, length: descriptor.size };
  const { start, length } = range;
  if (
    Number.isSafeInteger(start) &&
    Number.isSafeInteger(length) &&
    start >= 0 &&
    length >= 0 &&
    start + length <= descriptor.size
  ) {
    return { start, length };
  }
  throw new WaybillError(
    'RANGE_INVALID',
    `${descriptor.digest} has ${descriptor.size} bytes, asked for ${length} from ${start}`,
    {
      kind: 'bug',
    },
  );
}

/** Bytes that are not what their descriptor says: `SIZE_MISMATCH` or `DIGEST_MISMATCH`. */
export class MismatchError extends WaybillError {
  /** A digest, or a number of bytes. */
  readonly expected: string;
  readonly found: string;

  constructor(
    code: 'SIZE_MISMATCH' | 'DIGEST_MISMATCH',
    message: string,
    about: { readonly expected: string; readonly found: string; readonly hint?: string },
  ) {
    super(code, message, { kind: 'integrity', ...(about.hint === undefined ? {} : { hint: about.hint }) });
    this.expected = about.expected;
    this.found = about.found;
  }
}

export function sizeMismatch({ digest, size }: Descriptor, found: string): WaybillError {
  return new MismatchError('SIZE_MISMATCH', `${digest} should have ${size} bytes, found ${found}`, {
    expected: String(size),
    found,
    hint: 'The stored bytes are damaged or were cut off; delete them, so that they are stored again.',
  });
}

function digestMismatch({ digest, size }: Descriptor, found: string): WaybillError {
  return new MismatchError('DIGEST_MISMATCH', `expected ${digest} (${size} bytes), found ${found}`, {
    expected: digest,
    found,
    hint: 'The stored bytes are damaged; delete them, so that they are stored again.',
  });
}

/** A store's answer to a digest that it does not have. */
export function blobUnknown(descriptor: Descriptor, where: string, cause?: unknown): WaybillError {
  return new WaybillError('BLOB_UNKNOWN', `${where} has no ${descriptor.digest} (${descriptor.size} bytes)`, {
    kind: 'remote',
    hint: 'It was evicted or never stored; save again.',
    cause,
  });
}
