import { expect, test } from '@jest/globals';
import { checkRealm } from './realm.ts';

test.each([
  ['https://ghcr.io/token', 'https://ghcr.io'],
  ['https://ghcr.io:8443/token', 'https://ghcr.io'],
  ['https://auth.docker.io/token', 'https://registry-1.docker.io'],
  ['https://gitlab.com/jwt/auth', 'https://registry.gitlab.com'],
  ['http://localhost:5001/token', 'http://127.0.0.1:5000'],
  ['http://r.example/token', 'http://r.example'],
  ['https://r.example/token', 'http://r.example'],
])('the realm %s is good for %s', (realm, registry) => {
  expect(checkRealm(realm, new URL(registry)).href).toBe(realm);
});

test.each([
  ['http://ghcr.io/token', 'https://ghcr.io'],
  ['https://auth.docker.io/token', 'https://ghcr.io'],
  ['https://ghcr.io.evil.example/token', 'https://ghcr.io'],
  ['https://evil.example/ghcr.io', 'https://ghcr.io'],
  ['https://user:pw@ghcr.io/token', 'https://ghcr.io'],
  ['http://127.0.0.1:5000/token', 'https://ghcr.io'],
  ['http://r.example/token', 'http://127.0.0.1:5000'],
  ['ftp://ghcr.io/token', 'https://ghcr.io'],
  ['/token', 'https://ghcr.io'],
  [undefined, 'https://ghcr.io'],
])('the realm %s is refused for %s', (realm, registry) => {
  expect(() => checkRealm(realm, new URL(registry))).toThrow(
    expect.objectContaining({ code: 'REGISTRY_REALM_REFUSED' }),
  );
});
