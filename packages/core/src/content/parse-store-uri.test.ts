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

  test.each([
    ['oci://ghcr.io/octo-org/app', 'ghcr.io', 'octo-org/app', false, 'repository'],
    [' oci://GHCR.io/octo-org/app?share=all\n', 'ghcr.io', 'octo-org/app', false, 'all'],
    ['oci://localhost/cache', 'localhost', 'cache', false, 'repository'],
    ['oci://[::1]:5000/a/b/c?insecure=true', '[::1]:5000', 'a/b/c', true, 'repository'],
    ['oci://registry.internal:5000/cache?share=all&insecure=true', 'registry.internal:5000', 'cache', true, 'all'],
  ])('%s', (text, host, repository, insecure, share) => {
    expect(parseStoreUri(text, '/home/me')).toEqual({ kind: 'oci', host, repository, insecure, share });
  });

  test.each(['actions:', 'git:.', 'release://octo-org/app', 's3://bucket/x'])(
    '%s is known and not here yet',
    (text) => {
      expect(() => parseStoreUri(text, '/home/me')).toThrow(
        expect.objectContaining({ code: 'STORE_UNSUPPORTED', kind: 'user' }),
      );
    },
  );

  test.each([
    ['oci:ghcr.io/octo-org/app', 'unknown scheme'],
    ['oci://', 'no host'],
    ['oci://ghcr.io', 'no host'],
    ['oci://ghcr.io/', 'is no repository'],
    ['oci://octo-org/app', 'neither a dot nor a port'],
    ['oci://ghcr.io/Octo-Org/app', 'a repository is in lower case: oci://ghcr.io/octo-org/app'],
    ['oci://ghcr.io/Octo-Org/', 'is no repository'],
    ['oci://ghcr.io/octo-org/app:v1', 'a tag, expected a repository alone'],
    [`oci://ghcr.io/octo-org/app@sha256:${'a'.repeat(64)}`, 'a digest, expected a repository alone'],
    ['oci://ghcr.io:70000/octo-org/app', 'is no host'],
    ['oci://ghcr.io/octo-org/app?insecure=yes', 'insecure=yes, expected insecure=true'],
    ['oci://ghcr.io/octo-org/app?share=some', 'share=some, expected share=all'],
    ['oci://ghcr.io/octo-org/app?max=1GiB', 'unknown option "max"'],
    ['oci://ghcr.io/octo-org/app?share=all&share=all', 'share stands there twice'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => parseStoreUri(text, '/home/me')).toThrow(
      expect.objectContaining({
        code: 'STORE_URI_INVALID',
        kind: 'user',
        message: expect.stringContaining(why),
        hint: expect.stringMatching(/Accepted: oci:\/\/HOST.*Example: oci:\/\//),
      }),
    );
  });

  test('a password in a URI is refused and not repeated', () => {
    const parse = () => parseStoreUri('oci://mona:hunter2@ghcr.io/octo-org/app', '/home/me');
    expect(parse).toThrow(expect.objectContaining({ code: 'STORE_URI_INVALID' }));
    expect(parse).not.toThrow(/hunter2/);
  });

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
