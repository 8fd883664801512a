/** A source of numbers that a seed determines. */
export interface Random {
  /** 32 random bits, 0 to 2^32 − 1. */
  bits(): number;
  /** A whole number from 0 to `limit` − 1; `limit` at most 2^32. */
  below(limit: number): number;
  /** At least 0 and less than 1. */
  fraction(): number;
  /** About normal: mean 0, deviation 1, within ±6. A sum of twelve, so that no platform's logarithm decides a byte. */
  normal(): number;
  pick<T>(items: readonly T[]): T;
  fill(target: Uint8Array): void;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), warmed up on the seed. Not for secrets. */
export function createRandom(seed: number): Random {
  // Typed, because numbers past 31 bits in plain variables of a closure are allocated anew each time.
  const state = Int32Array.of(0x9e3779b9 ^ seed, 0x243f6a88 ^ Math.imul(seed, 0x85ebca6b), 0xb7e15162, 1);
  const bits = () => {
    const [a, b, c, counter] = [state[0] ?? 0, state[1] ?? 0, state[2] ?? 0, state[3] ?? 0];
    const sum = (((a + b) | 0) + counter) | 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 20; round++) bits();

  const fraction = () => bits() / 0x1_0000_0000;
  const below = (limit: number) => Math.floor(fraction() * limit);
  return {
    bits,
    below,
    fraction,
    normal: () => {
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += fraction();
      return sum;
    },
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('There is nothing to pick from.');
      return item;
    },
    fill: (target) => {
      // Words cannot lie at any offset, and bytes must not depend on where the target lies.
      const aligned = target.byteOffset % 4 === 0 ? target : new Uint8Array(target.length);
      const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
      for (let i = 0; i < words.length; i++) words[i] = bits();
      for (let i = words.length * 4; i < aligned.length; i++) aligned[i] = bits() & 0xff;
      if (aligned !== target) target.set(aligned);
    },
  };
}
