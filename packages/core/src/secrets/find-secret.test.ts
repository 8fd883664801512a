import { describe, expect, test } from '@jest/globals';
import { findNotice, findSecret, isCredentialPath } from './find-secret.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const token = 'abcdefghijklmnopqrstuvwxyz';
const pem = (kind: string) => `-----BEGIN ${kind}-----\nMIIB\n-----END ${kind}-----\n`;
const placeholder = (name: string) => `\${${name}}`;

const HELD: readonly (readonly [string, string, string])[] = [
  ['~/.npmrc', `//npm.example/:_authToken=${token}\n`, 'npm token'],
  ['.npmrc', `registry=https://npm.example\n_auth = "${token}"\n`, 'npm token'],
  ['app/.npmrc', `//npm.example/:_password=${token}\r\n`, 'npm token'],
  ['~/.config/pnpm/rc', `//npm.example/:_authToken=${token}\n`, 'npm token'],
  ['.yarnrc.yml', `npmScopes:\n  octo:\n    npmAuthToken: "${token}"\n`, 'Yarn token'],
  ['.yarnrc.yml', `npmAuthIdent: user:${token}\n`, 'Yarn token'],
  ['.yarnrc.yml', `npmAuthToken: "\${NPM_TOKEN:-${token}}"\n`, 'Yarn token'],
  ['.git/config', `[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic ${token}\n`, 'Git credential'],
  ['src/.git/modules/lib/config', `\textraHeader = AUTHORIZATION: basic ${token}\n`, 'Git credential'],
  ['.git/config', `[remote "origin"]\n\turl = https://x-access-token:${token}@github.com/o/r\n`, 'Git credential'],
  ['~/.gitconfig', `[url "https://ghp_${token}@github.com/"]\n`, 'Git credential'],
  ['~/.git-credentials', `https://me:${token}@github.com\n`, 'Git credential'],
  ['~/.docker/config.json', `{"auths":{"ghcr.io":{"auth":"${token}"}}}`, 'Docker registry credential'],
  [
    '~/.config/containers/auth.json',
    `{"auths":{"ghcr.io":{"identitytoken": "${token}"}}}`,
    'Docker registry credential',
  ],
  ['~/.netrc', `machine api.example login me password ${token}\n`, 'netrc password'],
  ['C:/Users/me/_netrc', `machine api.example\n  password ${token}\n`, 'netrc password'],
  ['~/.aws/credentials', `[default]\naws_secret_access_key = ${token}\n`, 'AWS credential'],
  ['~/.aws/sso/cache/1.json', `{"accessToken": "${token}"}`, 'AWS credential'],
  ['gha-creds-1234.json', '{"type":"external_account"}', 'Google Cloud credential'],
  ['~/.config/gcloud/application_default_credentials.json', '{"a":1}', 'Google Cloud credential'],
  ['~/.azure/msal_token_cache.json', '{"AccessToken":{"a":1}}', 'Azure credential'],
  ['~/.kube/config', `users:\n- name: a\n  user:\n    token: ${token}\n`, 'Kubernetes credential'],
  ['~/.kube/config', `    client-key-data: ${token}\n`, 'Kubernetes credential'],
  ['~/.cargo/credentials.toml', `[registry]\ntoken = "${token}"\n`, 'Cargo registry token'],
  ['~/.pypirc', `[pypi]\nusername = __token__\npassword = ${token}\n`, 'PyPI password'],
  ['~/.config/gh/hosts.yml', `github.com:\n    oauth_token: ${token}\n`, 'GitHub CLI token'],
  ['~/.ssh/id_ed25519', pem('OPENSSH PRIVATE KEY'), 'private key'],
  ['~/.ssh/deep/er/any-name', pem('EC PRIVATE KEY'), 'private key'],
  ['~/.docker/machine/m/key.pem', pem('RSA PRIVATE KEY'), 'private key'],
  ['~/.config/sops/age/keys.txt', '# created\nAGE-SECRET-KEY-1QQQ\n', 'private key'],
  ['~/.gnupg/private-keys-v1.d/AB.key', '(private-key)', 'private key'],
  ['~/.NPMRC', `//npm.example/:_authToken=${token}\n`, 'npm token'],
];

const FREE: readonly (readonly [string, string])[] = [
  ['.npmrc', `//npm.example/:_authToken=${placeholder('NODE_AUTH_TOKEN')}\n`],
  ['.npmrc', `//npm.example/:_authToken=${placeholder('NODE_AUTH_TOKEN?')}\n`],
  ['.npmrc', '//npm.example/:_authToken=\nalways-auth=true\nauth-type=legacy\n'],
  ['.npmrc', `; //npm.example/:_authToken=${token}\n# _auth=${token}\n`],
  ['.yarnrc.yml', `npmAuthToken: "${placeholder('NPM_TOKEN:-')}"\n`],
  ['.yarnrc.yml', `npmAuthToken: ${placeholder('NPM_TOKEN:-dummy')} # set by CI\n`],
  ['.yarnrc.yml', 'npmAuthToken: ""\nnodeLinker: node-modules\n'],
  ['.git/config', '[remote "origin"]\n\turl = https://github.com/o/r\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'],
  ['.git/config', '[remote "origin"]\n\turl = ssh://git@github.com:22/o/r\n'],
  ['~/.docker/config.json', '{"auths":{"ghcr.io":{}},"credsStore":"desktop"}'],
  ['~/.docker/config.json', '{"auths":{"ghcr.io":{"auth":""}}}'],
  ['~/.netrc', `machine a login b password ${placeholder('TOKEN')}\n`],
  ['~/.aws/config', '[default]\nregion = eu-central-1\n'],
  ['~/.azure/accessTokens.json', '[]'],
  ['~/.kube/config', 'apiVersion: v1\nusers: []\ncurrent-context: ""\n'],
  ['~/.ssh/known_hosts', 'github.com ssh-ed25519 AAAA\n'],
  ['~/.ssh/id_ed25519.pub', 'ssh-ed25519 AAAA me\n'],
  ['src/npmrc.md', `//npm.example/:_authToken=${token}\n`],
  ['src/config', `extraheader = ${token}\n`],
];

describe('findSecret', () => {
  test.each(HELD)('finds what %s holds (%#)', (path, text, kind) => {
    expect(findSecret(path, bytes(text))).toEqual({ kind });
    expect(isCredentialPath(path)).toBe(true);
  });

  test.each(FREE)('finds nothing in this %s (%#)', (path, text) => {
    expect(findSecret(path, bytes(text))).toBeUndefined();
  });

  test('says the kind and never the value', () => {
    const found = findSecret('.npmrc', bytes(`_auth=${token}`));
    expect(JSON.stringify(found)).not.toContain(token);
  });

  test('a long line that almost matches does not hang the search', () => {
    const text = `//${'a:'.repeat(100_000)}\n${' '.repeat(100_000)}`;
    for (const [path] of HELD) expect(findSecret(path, bytes(text))?.kind).not.toBe('npm token');
  });
});

describe('isCredentialPath', () => {
  test.each([
    'node_modules/.package-lock.json',
    'src/ssh/key.go',
    'package/config',
    'storage/config.json',
    'a.npmrc/b',
  ])('%s need not be looked at', (path) => {
    expect(isCredentialPath(path)).toBe(false);
  });
});

describe('findNotice', () => {
  test('a private key where no tool keeps its own is worth a notice', () => {
    expect(findNotice('go/pkg/mod/x/testdata/key.pem', bytes(pem('RSA PRIVATE KEY')))).toEqual({ kind: 'private key' });
    expect(findNotice('a/bag.pem', bytes(`Bag Attributes\n${pem('PRIVATE KEY')}`))).toEqual({ kind: 'private key' });
  });

  test('a certificate, a text about keys and an empty file are not', () => {
    expect(findNotice('a/cert.pem', bytes(pem('CERTIFICATE')))).toBeUndefined();
    expect(findNotice('a/readme.md', bytes('# How to make a PRIVATE KEY'))).toBeUndefined();
    expect(findNotice('a/empty', bytes(''))).toBeUndefined();
  });

  test('where it is a secret already, it is not told twice', () => {
    expect(findNotice('~/.ssh/id_rsa', bytes(pem('RSA PRIVATE KEY')))).toBeUndefined();
  });
});
