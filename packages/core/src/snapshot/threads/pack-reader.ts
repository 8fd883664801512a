import { open } from 'node:fs/promises';
import type { FetchOptions } from '../../content/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import { corrupt } from '../format/byte-reader.ts';
import { type Pack, SnapshotType } from '../format/format.ts';
import type { SnapshotStore } from '../types.ts';
import type { WriteTask } from './tasks.ts';

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** Parts of packs, not verified: frames carry their own digests. Counts what came from the store. */
export class PackReader {
  readonly #store: SnapshotStore;
  readonly #signal: AbortSignal | undefined;
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

  /** A part of a pack for another thread: the file that holds it where there is one, else its bytes. */
  async source(pack: Pack, start: number, length: number): Promise<WriteTask['source']> {
    const path = await this.#pathOf(pack);
    if (path === undefined) return { kind: 'bytes', bytes: await this.read(pack, { start, length }), start };
    this.bytesRead += length;
    return { kind: 'file', path };
  }

  async #fetch(pack: Pack, range: ByteRange): Promise<Buffer> {
    const whole = range.start === 0 && range.length === pack.size;
    const options: FetchOptions = {
      ...(whole ? {} : { range }),
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    };
    const out = Buffer.allocUnsafeSlow(range.length);
    let got = 0;
    for await (const piece of await this.#store.fetch(descriptorOf(pack), options)) {
      if (got + piece.byteLength > range.length) throw corrupt(`the pack ${pack.digest} is longer than it should be`);
      out.set(piece, got);
      got += piece.byteLength;
    }
    if (got !== range.length) throw corrupt(`the pack ${pack.digest} is shorter than it should be`);
    return out;
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
