import { describe, expect, test } from '@jest/globals';
import { describe as descriptorOf } from '../oci/index.ts';
import { check, hashOnce } from './integrity.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const TYPE = 'text/plain';

describe('a check of bytes that were hashed here before', () => {
  const run = (bytes: readonly Uint8Array[], descriptor = descriptorOf(TYPE, bytesOf('content'))) => {
    const checked = check(descriptor);
    for (const piece of bytes) checked.update(piece);
    checked.end();
  };

  test('takes them at their word, whatever somebody did to them since', () => {
    const bytes = bytesOf('content');
    hashOnce(bytes);
    bytes[0] = 0;
    expect(() => run([bytes])).not.toThrow();
  });

  test('takes the same bytes in another array for what they are', () => {
    const bytes = bytesOf('content');
    hashOnce(bytes);
    expect(() => run([bytes.slice()])).not.toThrow();
    expect(() => run([bytesOf('contenT')])).toThrow(expect.objectContaining({ code: 'DIGEST_MISMATCH' }));
  });

  test('does not take them for another digest, nor as a part', () => {
    const bytes = bytesOf('contenT');
    hashOnce(bytes);
    expect(() => run([bytes])).toThrow(expect.objectContaining({ code: 'DIGEST_MISMATCH' }));
    const right = bytesOf('content');
    hashOnce(right);
    expect(() => run([right, right])).toThrow(expect.objectContaining({ code: 'SIZE_MISMATCH' }));
    expect(() => run([new Uint8Array(0), right])).not.toThrow();
  });
});
