import { describe, expect, test } from '@jest/globals';
import { readInputList } from './input-list.ts';

describe('a list as docker/build-push-action reads it', () => {
  test.each<[string, boolean, readonly string[]]>([
    ['', false, []],
    ['a\nb', false, ['a', 'b']],
    ['a,b\r\n c ', true, ['a', 'b', 'c']],
    ['linux/amd64,linux/arm64', true, ['linux/amd64', 'linux/arm64']],
    ['type=local,dest=out', false, ['type=local,dest=out']],
    ['\n\na\n\n', false, ['a']],
    ['"FOO=a\nb\n\nc"\nBAR=d', false, ['FOO=a\nb\n\nc', 'BAR=d']],
    ['"JSON={""a"":""b""}"', false, ['JSON={"a":"b"}']],
    ['A="b" c', false, ['A="b" c']],
    ['"type=local,dest=out"', true, ['type=local', 'dest=out']],
    ['"a" b', false, ['"a" b']],
    ['a,', true, ['a']],
  ])('%j (commas: %j) is %j', (text, commas, expected) => {
    expect(readInputList(text, { commas })).toEqual(expected);
  });

  test('blanks can be kept, and quotes be characters as others', () => {
    expect(readInputList('A= b ', { commas: false, trim: false })).toEqual(['A= b ']);
    expect(readInputList('"a"', { commas: false, quotes: false })).toEqual(['"a"']);
  });
});
