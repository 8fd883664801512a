import type { Random } from './random.ts';

const CONSONANTS = 'bcdfghjklmnprstvz';
const VOWELS = 'aeiou';
const SHAPES = [
  'const A = B(C);\n',
  '  return A.B;\n',
  'export function A(B, C) {\n',
  '  if (A === B) {\n    C();\n  }\n',
  "import { A } from './B.js';\n",
  '/** A the B of C. */\n',
  '  A: B,\n',
  '  "A": "B",\n',
  'module.exports.A = B;\n}\n\n',
  '    throw new TypeError(`A: B`);\n',
];
/** Every package's text shares this much with all others (licences, helpers of compilers), as in real trees. */
const SHARED_BYTES = 16 * 1024;
const OWN_BYTES = 16 * 1024;

/** A name as people give them, of two to four syllables. */
export function makeWord(random: Random): string {
  let word = '';
  for (let syllables = 2 + random.below(3); syllables > 0; syllables--) {
    word += CONSONANTS[random.below(CONSONANTS.length)] ?? '';
    word += VOWELS[random.below(VOWELS.length)] ?? '';
  }
  return word;
}

/** Text that the packages of one tree have in common. */
export function makeSharedText(random: Random): Buffer {
  return makeText(random, SHARED_BYTES);
}

/**
 * Fills buffers with the code of one package: short runs out of its own and the shared text in ever new order, which zstd at its
 * default level brings down to about a sixth, as it does with `node_modules`.
 */
export function createTextFiller(random: Random, shared: Buffer): (target: Buffer, length: number) => void {
  const source = Buffer.concat([makeText(random, OWN_BYTES), shared]);
  return (target, length) => {
    let at = 0;
    while (at < length) {
      const bits = random.bits();
      // Own text three times in four; runs of 12 to 75 bytes.
      const from = (bits & 3) === 0 ? OWN_BYTES + ((bits >>> 2) & 0x3f7f) : (bits >>> 2) & 0x3f7f;
      const run = Math.min(12 + (bits >>> 26), length - at);
      // A loop of bytes: a call a run costs more than the run.
      for (let i = 0; i < run; i++) target[at + i] = source[from + i] ?? 0;
      at += run;
    }
  };
}

function makeText(random: Random, bytes: number): Buffer {
  const words = Array.from({ length: 300 }, () => makeWord(random));
  // The square makes some words common and most rare.
  const word = () => words[Math.floor(random.fraction() ** 2 * words.length)] ?? 'x';
  let text = '';
  while (text.length < bytes) text += random.pick(SHAPES).replace(/\b[ABC]\b/g, word);
  return Buffer.from(text.slice(0, bytes), 'latin1');
}
