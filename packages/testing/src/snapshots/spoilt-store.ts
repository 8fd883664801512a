import { type ByteStream, blobUnknown, type Content, type Store } from '@waybill/core/content';
import { type Descriptor, type Digest, digestOf } from '@waybill/core/oci';

export interface Fetched {
  readonly descriptor: Descriptor;
  /** Bytes that were asked for. */
  readonly length: number;
}

/** Bytes in memory that a test may change behind the back of their digest; never a file of this machine. */
export interface SpoiltStore extends Store {
  /** What a fetch gives; a test sets or deletes at will. */
  readonly blobs: Map<Digest, Buffer>;
  /** As they were pushed. */
  readonly descriptors: Map<Digest, Descriptor>;
  /** In order; cleared by whoever counts. */
  readonly fetches: Fetched[];
  /** Called before each push, and may throw. */
  beforePush: (descriptor: Descriptor) => void | Promise<void>;
  /** Called before each fetch, and may throw. */
  beforeFetch: (descriptor: Descriptor) => void | Promise<void>;
}

/** A store that gives whatever bytes it has, whole or a range of them, in pieces of at most 64 KiB. */
export function createSpoiltStore(): SpoiltStore {
  const store: SpoiltStore = {
    blobs: new Map(),
    descriptors: new Map(),
    fetches: [],
    beforePush: () => undefined,
    beforeFetch: () => undefined,
    async fetch(descriptor, options) {
      options?.signal?.throwIfAborted();
      await store.beforeFetch(descriptor);
      const bytes = store.blobs.get(descriptor.digest);
      if (bytes === undefined) throw blobUnknown(descriptor, 'the spoilt store');
      const { start, length } = options?.range ?? { start: 0, length: bytes.length };
      store.fetches.push({ descriptor, length });
      return pieces(bytes.subarray(start, start + length));
    },
    exists: async (descriptor) => store.blobs.get(descriptor.digest)?.length === descriptor.size,
    async push(descriptor, content, options) {
      options?.signal?.throwIfAborted();
      await store.beforePush(descriptor);
      if (store.blobs.get(descriptor.digest)?.length === descriptor.size) return 'exists';
      const bytes = await bytesOf(content);
      if (digestOf(bytes) !== descriptor.digest || bytes.length !== descriptor.size) {
        throw new RangeError(`the bytes are not those of ${descriptor.digest}`);
      }
      store.descriptors.set(descriptor.digest, descriptor);
      store.blobs.set(descriptor.digest, bytes);
      return 'pushed';
    },
  };
  return store;
}

const PIECE = 64 * 1024;

async function* pieces(bytes: Buffer): ByteStream {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function bytesOf(content: Content): Promise<Buffer> {
  if (typeof content !== 'function') return Buffer.from(content);
  const parts: Uint8Array[] = [];
  for await (const part of content()) parts.push(part);
  return Buffer.concat(parts);
}
