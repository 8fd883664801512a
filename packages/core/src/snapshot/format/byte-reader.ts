import { WaybillError } from '../../errors/index.ts';

/** Reads what {@link ByteWriter} wrote; whatever does not fit is `SNAPSHOT_CORRUPT`, never a wrong value. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at === this.#buffer.length;
  }

  byte(): number {
    const value = this.#buffer[this.#at];
    if (value === undefined) throw cutOff();
    this.#at++;
    return value;
  }

  uvarint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#buffer[this.#at++];
      if (byte === undefined) throw cutOff();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
      if (scale > 2 ** 49) throw corrupt('a number is too large');
    }
    if (value > Number.MAX_SAFE_INTEGER) throw corrupt('a number is too large');
    return value;
  }

  /** A uvarint of at most `max`. */
  count(max: number, what: string): number {
    const value = this.uvarint();
    if (value > max) throw corrupt(`${what}: ${value}, at most ${max}`);
    return value;
  }

  varint(): number {
    const first = this.byte();
    const magnitude = ((first & 0x7f) >>> 1) + (first < 0x80 ? 0 : this.uvarint() * 64);
    if (magnitude > Number.MAX_SAFE_INTEGER) throw corrupt('a number is too large');
    return first % 2 === 0 ? magnitude : -magnitude - 1;
  }

  uint16(): number {
    return this.byte() + this.byte() * 256;
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#buffer.length) throw cutOff();
    const view = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** Copies the next `length` bytes. */
  copyTo(target: Buffer, offset: number, length: number): void {
    const end = this.#at + length;
    if (end > this.#buffer.length) throw cutOff();
    this.#buffer.copy(target, offset, this.#at, end);
    this.#at = end;
  }

  byteString(maxLength: number): string {
    const length = this.count(maxLength, 'the length of a string');
    const end = this.#at + length;
    if (end > this.#buffer.length) throw cutOff();
    const text = this.#buffer.toString('latin1', this.#at, end);
    this.#at = end;
    return text;
  }

  /** @throws unless all was read */
  end(): void {
    if (!this.done) throw corrupt(`${this.#buffer.length - this.#at} bytes too many`);
  }
}

/** The error for bytes that are not what the format says. */
export function corrupt(why: string, cause?: unknown): WaybillError {
  return new WaybillError('SNAPSHOT_CORRUPT', `the snapshot cannot be read: ${why}`, { kind: 'integrity', cause });
}

function cutOff(): WaybillError {
  return corrupt('it ends too early');
}
