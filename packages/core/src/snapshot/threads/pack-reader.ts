import { open } from 'node:fs/promises';
import type { ByteStream, FetchOptions } from '../../content/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import { corrupt } from '../format/byte-reader.ts';
import { type Pack, SnapshotType } from '../format/format.ts';
import type { SnapshotStore } from '../types.ts';
import { FetchMemory } from './fetch-memory.ts';
import type { WriteTask } from './tasks.ts';

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** Parts of packs, not verified: frames carry their own digests. Counts what came from the store. */
export class PackReader {
  readonly #store: SnapshotStore;
  readonly #signal: AbortSignal | undefined;
  readonly #memory = new FetchMemory();
  bytesRead = 0;

  constructor(store: SnapshotStore, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
  }

  /** The file that holds the pack on this machine, where there is one. */
  async #pathOf(pack: Pack): Promise<string | undefined> {
    return this.#store.localPath?.(descriptorOf(pack), this.#signal === undefined ? {} : { signal: this.#signal });
  }

  /** @throws WaybillError `BLOB_UNKNOWN`, `SNAPSHOT_CORRUPT` where the pack is too short, or the store's */
  async read(pack: Pack, range: ByteRange): Promise<Buffer> {
    this.#signal?.throwIfAborted();
    this.bytesRead += range.length;
    const path = await this.#pathOf(pack);
    return path === undefined ? this.#fetch(pack, range) : readFileRange(path, pack, range);
  }

  /**
   * A stretch of a pack, taken part by part, for other threads: from the file that holds it where there is one, else fetched
   * once for all of it, as it is taken.
   * @throws as {@link read}
   */
  async open(pack: Pack, range: ByteRange): Promise<Stretch> {
    this.#signal?.throwIfAborted();
    const path = await this.#pathOf(pack);
    if (path === undefined) {
      this.bytesRead += range.length;
      return this.#openStretch(pack, range);
    }
    const take = async ({ length }: ByteRange): Promise<WriteTask['source']> => {
      this.bytesRead += length;
      return { kind: 'file', path };
    };
    return { take, close: async () => undefined };
  }

  /** The memory of bytes that were taken is free again. */
  giveBack(memory: ArrayBuffer): void {
    this.#memory.giveBack(memory);
  }

  async #openStretch(pack: Pack, range: ByteRange): Promise<FetchedStretch> {
    const stream = await this.#store.fetch(descriptorOf(pack), this.#fetchOptions(pack, range));
    return new FetchedStretch(pack, range, stream, this.#memory);
  }

  async #fetch(pack: Pack, range: ByteRange): Promise<Buffer> {
    const stretch = await this.#openStretch(pack, range);
    try {
      return await stretch.read(range, Buffer.allocUnsafeSlow(range.length));
    } finally {
      await stretch.close();
    }
  }

  #fetchOptions(pack: Pack, range: ByteRange): FetchOptions {
    const whole = range.start === 0 && range.length === pack.size;
    return {
      transient: true,
      ...(whole ? {} : { range }),
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    };
  }
}

/** A stretch of a pack that is open. */
export interface Stretch {
  /** A part of it; parts come in order, and what lies between two is passed over. */
  take(range: ByteRange): Promise<WriteTask['source']>;
  /** Nothing more is taken. */
  close(): Promise<void>;
}

/** A stretch that comes from the store piece by piece. */
class FetchedStretch implements Stretch {
  readonly #pack: Pack;
  readonly #end: number;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #memory: FetchMemory;
  /** What is left of the last piece, and where in the pack it begins. */
  #piece: Uint8Array = new Uint8Array();
  #at: number;

  constructor(pack: Pack, { start, length }: ByteRange, stream: ByteStream, memory: FetchMemory) {
    this.#memory = memory;
    this.#pack = pack;
    this.#at = start;
    this.#end = start + length;
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  async take(range: ByteRange): Promise<WriteTask['source']> {
    return { kind: 'bytes', bytes: await this.read(range, this.#memory.take(range.length)), start: range.start };
  }

  /** Into `out`, which is as long as the range. */
  async read<T extends Uint8Array>({ start, length }: ByteRange, out: T): Promise<T> {
    while (this.#at < start) this.#pass(await this.#some(start - this.#at));
    for (let got = 0; got < length; ) {
      const bytes = await this.#some(length - got);
      out.set(bytes, got);
      got += bytes.byteLength;
      this.#pass(bytes);
    }
    if (this.#at === this.#end) await this.#expectEnd();
    return out;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  /** At most so many of the next bytes, at least one. */
  async #some(most: number): Promise<Uint8Array> {
    while (this.#piece.byteLength === 0) {
      const next = await this.#pieces.next();
      if (next.done === true) throw corrupt(`the pack ${this.#pack.digest} is shorter than it should be`);
      this.#piece = next.value;
    }
    return this.#piece.subarray(0, most);
  }

  #pass({ byteLength }: Uint8Array): void {
    this.#piece = this.#piece.subarray(byteLength);
    this.#at += byteLength;
  }

  /** Read to its end, the connection that it came over can be used again. */
  async #expectEnd(): Promise<void> {
    while (this.#piece.byteLength === 0) {
      const next = await this.#pieces.next();
      if (next.done === true) return;
      this.#piece = next.value;
    }
    throw corrupt(`the pack ${this.#pack.digest} is longer than it should be`);
  }
}

export function descriptorOf(pack: Pack): Descriptor {
  return { mediaType: SnapshotType.pack, digest: pack.digest, size: pack.size };
}

async function readFileRange(path: string, pack: Pack, range: ByteRange): Promise<Buffer> {
  const out = Buffer.allocUnsafeSlow(range.length);
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead } = await file.read(out, 0, range.length, range.start);
      if (bytesRead !== range.length) throw corrupt(`the pack ${pack.digest} is shorter than it should be`);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    throw new WaybillError('BLOB_UNKNOWN', `the pack ${pack.digest} is gone from the store`, { kind: 'remote', cause });
  }
  return out;
}
