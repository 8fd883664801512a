/** Memory is made in whole steps of this, so that what was made for one part will do for another. */
const STEP = 512 * 1024;

/**
 * Memory that fetched bytes lie in until they are written, used again and again: made anew for every MiB, it would be freed by
 * another thread than the one that took it, and tens of MB would stay with the allocator.
 */
export class FetchMemory {
  readonly #free: ArrayBuffer[] = [];

  /** So many bytes, of any content, at the start of a memory of their own. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const fits = this.#free.findIndex(({ byteLength }) => byteLength >= length);
    const [known] = fits < 0 ? [] : this.#free.splice(fits, 1);
    return new Uint8Array(known ?? Buffer.allocUnsafeSlow(Math.ceil(length / STEP) * STEP).buffer, 0, length);
  }

  /** Nobody looks at it any more. */
  giveBack(memory: ArrayBuffer): void {
    this.#free.push(memory);
  }
}
