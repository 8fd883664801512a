import { describe, expect, test } from '@jest/globals';
import { parseKeyValues } from './file-commands.ts';

describe('parseKeyValues', () => {
  test('keeps an equals sign and << in a value', () => {
    expect(parseKeyValues('a=1=2\nb=x<<y\n')).toEqual({ a: '1=2', b: 'x<<y' });
  });

  test('reads a block up to its own delimiter, lines that look like pairs included', () => {
    expect(parseKeyValues('a<<D\nb=1\nc<<E\n\nD\nd=2\n')).toEqual({ a: 'b=1\nc<<E\n', d: '2' });
  });

  test.each(['nothing here', '=value', 'a<<D\nnever ends', 'a<<\nx\n'])('refuses %p as the runner does', (text) => {
    expect(() => parseKeyValues(text)).toThrow(expect.objectContaining({ code: 'FILE_COMMAND_INVALID' }));
  });
});
