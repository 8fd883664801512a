import { describe, expect, test } from '@jest/globals';
import { parseStoreChain, showStoreChain } from './parse-store-chain.ts';

const parse = (text: string) => parseStoreChain(text, '/home/mona');
const shown = (text: string) => showStoreChain(parse(text));

describe('parseStoreChain', () => {
  test.each([
    ['dir:/s', 'dir:/s'],
    ['  dir:~/s \n\n', 'dir:/home/mona/s'],
    ['dir:/near\noci://ghcr.io/octo-org/app', 'dir:/near, then oci://ghcr.io/octo-org/app'],
    ['oci://a.example/x || oci://b.example/x', 'oci://a.example/x || oci://b.example/x'],
    ['oci://a.example/x||dir:/s', 'oci://a.example/x || dir:/s'],
    ['dir:/a || oci://a.example/x\ndir:/b || dir:/c', 'dir:/a || oci://a.example/x, then dir:/b || dir:/c'],
  ])('%j is %s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test('the last line says who shares', () => {
    expect(parse('dir:/near\noci://a.example/x?share=all').share).toBe('all');
    expect(parse('dir:/near\noci://a.example/x').share).toBe('repository');
  });

  test.each([
    ['', /unknown scheme/],
    ['dir:/a\nftp://x', /ftp/],
    ['dir:/a ||', /unknown scheme/],
    ['|| dir:/a', /unknown scheme/],
    ['dir:/a\ndir:/a', /dir:\/a stands there twice/],
    ['dir:/a?share=all\ndir:/b', /dir:\/a: share=all belongs to the last line/],
    ['oci://a.example/x || oci://b.example/x?share=all', /at all stores of the last line, or at none/],
    ['dir:/a || oci://b.example/x', /cannot stand in for dir:\/a/],
    ['dir:/a?names=actions', /names/],
    ['dir:/a,oci://b.example/x', /two stores in one line/],
    ['dir:/a dir:/b', /two stores in one line/],
    ['oci://a.example/x, dir:/b', /oci:/],
  ])('%j is refused', (text, why) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ kind: 'user', message: expect.stringMatching(why) }));
  });

  test('everything that is wrong is told at once', () => {
    expect(() => parse('ftp://x\nOci:y || dir:')).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/ftp:\/\/x.*; .*Oci:y.*; .*"dir:": no path/),
        hint: expect.stringContaining('dir:PATH'),
      }),
    );
  });
});
