import { hashOnce } from '../../content/index.ts';
import { DigestTable } from '../format/digest-table.ts';
import type { Pack } from '../format/format.ts';
import { PACK_MAX, PACK_MIN } from '../format/format.ts';
import type { Frame } from '../format/frame-table.ts';
import { descriptorOf } from '../threads/pack-reader.ts';
import { releaseBuffer } from '../threads/release-buffer.ts';
import type { FrameBytes } from '../threads/tasks.ts';
import type { SnapshotStore } from '../types.ts';

/**
 * Packs that are on their way to the store at once, at most: each is looked for, begun and sent, so that over a link most of them
 * wait for an answer while another one is sent. Two always; more while they are not large, since they are held until they are sent.
 */
const PUSHES = 5;
const PUSHES_IF_LARGE = 2;
const PUSHED_BYTES = 24 * 1024 * 1024;

/** A frame of which it is not yet known in which pack it ends up. */
type OpenFrame = { -readonly [K in keyof Frame]: Frame[K] };

/**
 * Joins frames to packs in the order in which they come, and pushes each pack when it is full: at least 4 MiB and after
 * a frame of which the two low bits of the digest's first byte are zero, at most 16 MiB (both times `scale`).
 */
export class PackWriter {
  readonly packs: Pack[] = [];
  readonly frames: Frame[] = [];
  uploadedBytes = 0;
  readonly #store: SnapshotStore;
  readonly #scale: number;
  readonly #signal: AbortSignal | undefined;
  readonly #rows = new DigestTable();
  readonly #pushes = new Set<Promise<void>>();
  #parts: Uint8Array[] = [];
  #size = 0;
  #pushing = 0;
  #failure: Error | undefined;

  constructor(store: SnapshotStore, scale: number, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#scale = scale;
    this.#signal = signal;
  }

  /** The row of the frame here; one with the same digest is stored once. Its bytes are gone when the pack is full. */
  async add(frame: FrameBytes): Promise<number> {
    const known = this.#rows.find(frame.digest, 0);
    if (known >= 0) return known;
    if (this.#size > 0 && this.#size + frame.stored.byteLength > PACK_MAX * this.#scale) await this.cut();
    const row = this.frames.length;
    const open: OpenFrame = {
      pack: this.packs.length,
      offset: this.#size,
      stored: frame.stored.byteLength,
      raw: frame.raw,
      digest: frame.digest,
    };
    this.frames.push(open);
    this.#rows.add(frame.digest, 0, row);
    this.#parts.push(frame.stored);
    this.#size += frame.stored.byteLength;
    if (this.#size >= PACK_MIN * this.#scale && ((frame.digest[0] ?? 0) & 3) === 0) await this.cut();
    return row;
  }

  /** Bytes that wait in the open pack. */
  get pending(): number {
    return this.#size;
  }

  /** Ends the open pack. */
  async cut(): Promise<void> {
    if (this.#size === 0) return;
    const bytes = Buffer.concat(this.#parts, this.#size);
    const pack = { digest: hashOnce(bytes), size: bytes.length };
    this.packs.push(pack);
    for (const part of this.#parts) releaseBuffer(part);
    this.#parts = [];
    this.#size = 0;
    const push = this.#push(pack, bytes);
    this.#pushes.add(push);
    this.#pushing += pack.size;
    void push.then(() => {
      this.#pushes.delete(push);
      this.#pushing -= pack.size;
    });
    while (this.#pushes.size >= (this.#pushing < PUSHED_BYTES ? PUSHES : PUSHES_IF_LARGE))
      await Promise.race(this.#pushes);
    this.#throwFailure();
  }

  /** Ends the open pack and waits until the store has all. */
  async finish(): Promise<void> {
    await this.cut();
    await Promise.all(this.#pushes);
    this.#throwFailure();
  }

  async #push(pack: Pack, bytes: Buffer): Promise<void> {
    try {
      const outcome = await this.#store.push(descriptorOf(pack), bytes, {
        likelyNew: true,
        ...(this.#signal ? { signal: this.#signal } : {}),
      });
      if (outcome === 'pushed') this.uploadedBytes += pack.size;
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
