/** Grows as it is written to. Integers are unsigned LEB128 ("uvarint") unless said otherwise. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written; stays valid until the next write. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** A copy of what was written. */
  copy(): Buffer {
    return Buffer.from(this.view());
  }

  reset(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = value;
  }

  /** `value`: an integer from 0 to 2^53 - 1. */
  uvarint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 128) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
  }

  /** Zigzag: 0, -1, 1, -2 … become 0, 1, 2, 3 …; `value` from -2^53 + 1 to 2^53 - 1. */
  varint(value: number): void {
    // Never doubled as a whole: the double of a large number has no exact double.
    const magnitude = value >= 0 ? value : -value - 1;
    const first = (magnitude % 64) * 2 + (value >= 0 ? 0 : 1);
    if (magnitude < 64) this.byte(first);
    else {
      this.byte(first | 0x80);
      this.uvarint(Math.floor(magnitude / 64));
    }
  }

  uint16(value: number): void {
    this.#room(2);
    this.#buffer[this.#length++] = value & 0xff;
    this.#buffer[this.#length++] = value >>> 8;
  }

  bytes(source: Uint8Array, start = 0, end = source.length): void {
    this.#room(end - start);
    if (start === 0 && end === source.length) this.#buffer.set(source, this.#length);
    // A loop: a view for each of a hundred thousand digests would cost more than the copying.
    else for (let i = start; i < end; i++) this.#buffer[this.#length + i - start] = source[i] ?? 0;
    this.#length += end - start;
  }

  /** A string of which each character is one byte, behind its length. */
  byteString(text: string): void {
    this.uvarint(text.length);
    this.#room(text.length);
    this.#length += this.#buffer.write(text, this.#length, text.length, 'latin1');
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    larger.set(this.view());
    this.#buffer = larger;
  }
}
