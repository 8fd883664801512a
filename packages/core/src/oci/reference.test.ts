import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from './digest.ts';
import { formatReference, isLoopback, parseReference } from './reference.ts';

const DIGEST = digestOf(new Uint8Array());

describe('parseReference', () => {
  test.each([
    ['ghcr.io/octo-org/app', { host: 'ghcr.io', repository: 'octo-org/app' }],
    ['ghcr.io/octo-org/app:v1.2_3-x', { host: 'ghcr.io', repository: 'octo-org/app', tag: 'v1.2_3-x' }],
    ['localhost/app', { host: 'localhost', repository: 'app' }],
    ['127.0.0.1:5000/a/b/c:t', { host: '127.0.0.1:5000', repository: 'a/b/c', tag: 't' }],
    ['[::1]:5000/a', { host: '[::1]:5000', repository: 'a' }],
    ['GHCR.io/a__b/c.d-e', { host: 'ghcr.io', repository: 'a__b/c.d-e' }],
    [`registry:5000/a@${DIGEST}`, { host: 'registry:5000', repository: 'a', digest: DIGEST }],
    [`ghcr.io/a:t@${DIGEST}`, { host: 'ghcr.io', repository: 'a', tag: 't', digest: DIGEST }],
  ])('%s has its parts', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  test.each([
    ['', 'no host'],
    ['app', 'no host'],
    ['/app', 'no host'],
    ['octo-org/app', 'neither a dot nor a port'],
    ['ghcr.io/', 'is no repository'],
    ['ghcr.io/App', 'is no repository'],
    ['ghcr.io/a//b', 'is no repository'],
    ['ghcr.io/a/../b', 'is no repository'],
    ['ghcr.io/a?x=1', 'is no repository'],
    ['ghcr.io/a___b', 'is no repository'],
    ['ghcr.io/a:', 'is no tag'],
    ['ghcr.io/a:.x', 'is no tag'],
    [`ghcr.io/a:${'t'.repeat(129)}`, 'is no tag'],
    ['ghcr.io/a@sha256:abc', 'no sha256 digest'],
    [`ghcr.io/a@${DIGEST}@${DIGEST}`, 'no sha256 digest'],
    ['https://ghcr.io/a', 'is no host'],
    ['user@ghcr.io/a', 'is no host'],
    ['ghcr.io:0/a', 'is no host'],
    ['ghcr.io:65536/a', 'is no host'],
    ['-x.io/a', 'is no host'],
    [`ghcr.io/${'a'.repeat(250)}`, 'more than 255'],
  ])('%j is refused and says why', (text, why) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID', kind: 'user' }));
    expect(() => parseReference(text)).toThrow(why);
  });

  test('what is formatted is read back the same', () => {
    const component = fc.stringMatching(/^[a-z0-9]+(?:(?:\.|_|__|-{1,3})[a-z0-9]+){0,2}$/);
    const reference = fc.record(
      {
        host: fc.constantFrom('ghcr.io', 'localhost:5000', '[::1]:1', '10.0.0.1'),
        repository: fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/').slice(0, 200)),
        tag: fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,60}$/),
        digest: fc.constant(DIGEST),
      },
      { requiredKeys: ['host', 'repository'] },
    );
    fc.assert(
      fc.property(reference, (value) => {
        fc.pre(!/[._-]$/.test(value.repository));
        expect(parseReference(formatReference(value))).toEqual(value);
      }),
    );
  });
});

test.each([
  ['localhost', true],
  ['localhost:5000', true],
  ['registry.localhost:80', true],
  ['127.0.0.1:5000', true],
  ['127.1.2.3', true],
  ['[::1]:5000', true],
  ['[::1]', true],
  ['::1', true],
  ['127.0.0.1.evil.example', false],
  ['127.0.0.999', false],
  ['localhost.evil.example', false],
  ['notlocalhost', false],
  ['ghcr.io', false],
  ['10.0.0.1:5000', false],
])('isLoopback(%j) is %p', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
