const DIGITS = '0123456789abcdefghijklmnopqrstuv';

/** base32hex without padding, in lower case (RFC 4648 section 7): the text sorts as the bytes do. */
export function base32hex(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += DIGITS.charAt((value >>> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + DIGITS.charAt((value << (5 - bits)) & 31);
}

/** A whole number from 0 as base32hex digits, filled up with zeros from the left. */
export function base32hexNumber(value: number, digits: number): string {
  return value.toString(32).padStart(digits, '0');
}
