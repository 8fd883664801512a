import { describe, expect, test } from '@jest/globals';
import { parseStoreUri } from './parse-store-uri.ts';

describe('parseStoreUri', () => {
  test.each([
    ['dir:/var/cache', '/var/cache', 10 * 1024 ** 3, 'repository'],
    ['  dir:relative/path ', 'relative/path', 10 * 1024 ** 3, 'repository'],
    ['dir:~/cache?max=500MB', '/home/me/cache', 500_000_000, 'repository'],
    ['dir:~', '/home/me', 10 * 1024 ** 3, 'repository'],
    ['dir:/x~/y?max=0&share=all', '/x~/y', 0, 'all'],
    ['dir:/x?max=1.5gib', '/x', 1.5 * 1024 ** 3, 'repository'],
    ['dir:/x?max=4096', '/x', 4096, 'repository'],
    ['dir:C:\\cache', 'C:\\cache', 10 * 1024 ** 3, 'repository'],
  ])('%s', (text, path, maxBytes, share) => {
    expect(parseStoreUri(text, '/home/me')).toEqual({ kind: 'dir', path, maxBytes, share });
  });

  test.each(['actions:', 'oci://ghcr.io/octo-org/app', 'git:.', 'release://octo-org/app', 's3://bucket/x'])(
    '%s is known and not here yet',
    (text) => {
      expect(() => parseStoreUri(text, '/home/me')).toThrow(
        expect.objectContaining({ code: 'STORE_UNSUPPORTED', kind: 'user' }),
      );
    },
  );

  test.each([
    '',
    '/var/cache',
    'file:///x',
    'dir:',
    'dir:?max=1',
    'dir:/x?max=ten',
    'dir:/x?max=-1',
    'dir:/x?max=10XB',
    'dir:/x?share=some',
    'dir:/x?size=1',
    'dir:/x?max=1&max=2',
    'dir:/x\0y',
  ])('%j is refused, with what is accepted and an example', (text) => {
    const hint: unknown = expect.stringMatching(/Accepted: dir:PATH.*Example: dir:/);
    expect(() => parseStoreUri(text, '/home/me')).toThrow(
      expect.objectContaining({ code: 'STORE_URI_INVALID', kind: 'user', hint }),
    );
  });
});
