import { describe, expect, test } from '@jest/globals';
import { type Env, proxyFromEnv } from './index.ts';

function proxyOf(env: Env, url: string): string | undefined {
  return proxyFromEnv(env)(new URL(url))?.href;
}

describe('proxyFromEnv', () => {
  const env = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'plain:2' };

  test('takes the proxy of the scheme, the lower-case spelling first, ALL_PROXY last', () => {
    expect(proxyOf(env, 'https://a.example/')).toBe('http://secure:1/');
    expect(proxyOf(env, 'http://a.example/')).toBe('http://plain:2/');
    expect(proxyOf({ ...env, https_proxy: 'http://lower:3' }, 'https://a.example/')).toBe('http://lower:3/');
    expect(proxyOf({ ...env, https_proxy: '' }, 'https://a.example/')).toBe('http://secure:1/');
    expect(proxyOf({ ALL_PROXY: 'https://all:4' }, 'https://a.example/')).toBe('https://all:4/');
    expect(proxyOf({}, 'https://a.example/')).toBeUndefined();
  });

  test.each([
    ['*', 'https://a.example/', true],
    ['a.example', 'https://a.example/', true],
    ['a.example', 'https://b.a.example/', true],
    ['.a.example', 'https://b.a.example/', true],
    ['*.a.example', 'https://b.a.example/', true],
    ['A.Example', 'https://a.example/', true],
    ['a.example:443', 'https://a.example/', true],
    ['a.example:8443', 'https://a.example/', false],
    ['x, a.example y', 'https://a.example/', true],
    ['a.example', 'https://nota.example/', false],
    ['10.0.0.1', 'https://10.0.0.1:5000/', true],
    ['fd00::1', 'https://[fd00::1]/', true],
    ['[fd00::1]:443', 'https://[fd00::1]/', true],
    ['', 'https://a.example/', false],
    [',', 'https://a.example/', false],
    ['.', 'https://a.example/', false],
  ])('NO_PROXY=%j covers %s: %p', (NO_PROXY, url, covered) => {
    expect(proxyOf({ ...env, NO_PROXY }, url)).toBe(covered ? undefined : 'http://secure:1/');
  });

  test.each(['socks5://x:1', 'http://'])('%s is PROXY_INVALID', (HTTPS_PROXY) => {
    expect(() => proxyOf({ HTTPS_PROXY }, 'https://a.example/')).toThrow(
      expect.objectContaining({ code: 'PROXY_INVALID', kind: 'user' }),
    );
  });
});
