import { corrupt } from './byte-reader.ts';

const DIGEST = 32;
const FREE = -1;
/** True digests are spread evenly, and a few dozen steps find each. Made-up ones that all begin alike would take hours. */
const MAX_PROBES = 1000;

/**
 * From 32-byte digests to small integers: a hash table over typed arrays, since strings as keys cost ten times as much.
 * @throws WaybillError `SNAPSHOT_CORRUPT` where what is looked for and held cannot come from sha256
 */
export class DigestTable {
  #slots = new Int32Array(1024).fill(FREE);
  #digests = Buffer.alloc(512 * DIGEST);
  #values = new Int32Array(512);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** The value that stands for the digest at `offset` of `source`, or -1. */
  find(source: Uint8Array, offset: number): number {
    const slot = this.#slots[this.#slotOf(source, offset)] ?? FREE;
    return slot === FREE ? -1 : (this.#values[slot] ?? -1);
  }

  /** Sets the value (0 or more) unless the digest has one; gives the one that counts. */
  add(source: Uint8Array, offset: number, value: number): number {
    const position = this.#slotOf(source, offset);
    const slot = this.#slots[position] ?? FREE;
    if (slot !== FREE) return this.#values[slot] ?? -1;
    if (this.#count === this.#values.length) {
      this.#grow();
      return this.add(source, offset, value);
    }
    this.#digests.set(source.subarray(offset, offset + DIGEST), this.#count * DIGEST);
    this.#values[this.#count] = value;
    this.#slots[position] = this.#count++;
    return value;
  }

  #slotOf(source: Uint8Array, offset: number): number {
    const mask = this.#slots.length - 1;
    const first = word(source, offset);
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const position = (first + probe) & mask;
      const slot = this.#slots[position] ?? FREE;
      if (slot === FREE) return position;
      const own = slot * DIGEST;
      if (word(this.#digests, own) === first && this.#equal(own, source, offset)) return position;
    }
    throw corrupt('its digests are no digests: too many of them begin alike');
  }

  #equal(own: number, source: Uint8Array, offset: number): boolean {
    for (let i = 4; i < DIGEST; i++) if (this.#digests[own + i] !== source[offset + i]) return false;
    return true;
  }

  #grow(): void {
    const capacity = this.#values.length * 2;
    const digests = Buffer.alloc(capacity * DIGEST);
    digests.set(this.#digests);
    const values = new Int32Array(capacity);
    values.set(this.#values);
    this.#digests = digests;
    this.#values = values;
    this.#slots = new Int32Array(capacity * 2).fill(FREE);
    const mask = this.#slots.length - 1;
    for (let slot = 0; slot < this.#count; slot++) {
      let position = word(digests, slot * DIGEST) & mask;
      while (this.#slots[position] !== FREE) position = (position + 1) & mask;
      this.#slots[position] = slot;
    }
  }
}

function word(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] ?? 0) |
    ((bytes[offset + 1] ?? 0) << 8) |
    ((bytes[offset + 2] ?? 0) << 16) |
    ((bytes[offset + 3] ?? 0) << 24)
  );
}
