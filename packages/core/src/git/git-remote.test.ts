import { describe, expect, test } from '@jest/globals';
import { parseGitRemote, showRemote } from './git-remote.ts';

const parse = (text: string) => parseGitRemote(text, { home: '/home/octo', cwd: '/work' });

describe('a git repository by its name', () => {
  test.each([
    ['/srv/ledger.git', '/srv/ledger.git'],
    ['ledger.git', '/work/ledger.git'],
    ['./a:b', '/work/a:b'],
    ['..', '/'],
    ['~/ledger.git', '/home/octo/ledger.git'],
    ['file:///srv/a%20b.git', '/srv/a b.git'],
    [' /srv/ledger.git\n', '/srv/ledger.git'],
  ])('%j is a folder', (text, path) => {
    expect(parse(text)).toEqual({ kind: 'path', path });
  });

  test.each([
    ['https://github.com/octo-org/app', 'https://github.com/octo-org/app', 'https://github.com'],
    ['https://GitHub.com:443/octo-org/app/', 'https://github.com/octo-org/app', 'https://github.com'],
    ['https://ghe.example:8443/a/b.git', 'https://ghe.example:8443/a/b.git', 'https://ghe.example:8443'],
    ['http://127.0.0.1:3000/app.git', 'http://127.0.0.1:3000/app.git', 'http://127.0.0.1:3000'],
    ['ssh://git@github.com/octo-org/app', 'ssh://git@github.com/octo-org/app', undefined],
    ['ssh://git@[::1]:2222/app', 'ssh://git@[::1]:2222/app', undefined],
    ['git@github.com:octo-org/app.git', 'git@github.com:octo-org/app.git', undefined],
  ])('%j is a host', (text, url, origin) => {
    expect(parse(text)).toEqual({ kind: 'url', url, origin });
  });

  test.each([
    [''],
    ['ext::sh -c "touch /tmp/x"'],
    ['fd::17'],
    ['EXT::sh'],
    ['git://github.com/octo-org/app'],
    ['ftp://github.com/x'],
    ['http://github.com/octo-org/app'],
    ['https://github.com'],
    ['https://github.com/'],
    ['https://me:hunter2@github.com/octo-org/app'],
    ['https://token@github.com/octo-org/app'],
    ['https://github.com/octo-org/app?x=1'],
    ['https://github.com/octo-org/app#x'],
    ['--upload-pack=touch x'],
    ['-x'],
    ['ssh://-oProxyCommand=touch/x'],
    ['ssh://-oProxyCommand=touch@host/x'],
    ['ssh://me:hunter2@host/x'],
    ['git@-oProxyCommand=x:path'],
    ['-git@host:path'],
    ['git@host:-path'],
    ['host:path'],
    ['file://host/srv/x'],
    ['/srv/a\nb'],
    ['/srv/a\0b'],
  ])('%j is refused', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'GIT_REMOTE_INVALID', kind: 'user' }));
    expect(() => parse(text)).toThrow(/^(?!.*hunter2)/);
  });

  test('is shown as it is', () => {
    expect(showRemote(parse('/srv/ledger.git'))).toBe('/srv/ledger.git');
    expect(showRemote(parse('git@github.com:a/b'))).toBe('git@github.com:a/b');
  });
});
