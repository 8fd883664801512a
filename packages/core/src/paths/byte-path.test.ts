import { describe, expect, test } from '@jest/globals';
import { fromFsName, toFsPath, utf8Of } from './index.ts';

describe('byte paths', () => {
  test('hold the bytes of text and of names that are no text', () => {
    expect(fromFsName('é')).toBe('\xc3\xa9');
    expect(fromFsName(Buffer.from([0x61, 0xff]))).toBe('a\xff');
    expect(fromFsName('plain')).toBe('plain');
  });

  test('go to the file system as text where they are UTF-8, else as bytes', () => {
    expect(toFsPath('/r/ü', 'a/b')).toBe('/r/ü/a/b');
    expect(toFsPath('/', 'a')).toBe('/a');
    expect(toFsPath('/r', '')).toBe('/r');
    expect(toFsPath('/r', '\xc3\xa9')).toBe('/r/é');
    expect(toFsPath('/ü', 'a\xff')).toEqual(Buffer.from([0x2f, 0xc3, 0xbc, 0x2f, 0x61, 0xff]));
  });

  test('keep a byte order mark in a name', () => {
    expect(toFsPath('/r', fromFsName('\ufeffx'))).toBe('/r/\ufeffx');
  });

  test('are shown to people with a mark where they are not UTF-8', () => {
    expect(utf8Of('a\xc3\xa9')).toBe('aé');
    expect(utf8Of('a\xff')).toBe('a\ufffd');
  });
});
