import { describe, expect, test } from '@jest/globals';
import { WaybillError } from '../errors/index.ts';
import { entry } from './entry.ts';
import type { Host } from './host.ts';

function fakeHost() {
  let stdout = '';
  const listeners = new Map<string, (error: Error) => void>();
  const host: Host = {
    env: {},
    platform: 'linux',
    arch: 'x64',
    stdout: { write: (text) => (stdout += text) },
    cwd: () => '/work',
    on: (event: string, listener: (error: Error) => void) => listeners.set(event, listener),
    off: (event: string) => listeners.delete(event),
  };
  return { host, listeners, stdout: () => stdout };
}

describe('entry', () => {
  test('an error in main is printed under its code and fails the step', async () => {
    const { host, stdout } = fakeHost();
    await entry(host, 'cache', 'main', async () => {
      throw new WaybillError('INPUT_INVALID', 'key: is empty', { kind: 'user', hint: 'Give one.' });
    });
    expect(stdout()).toBe('::error title=INPUT_INVALID::key: is empty%0AGive one.\n');
    expect(host.exitCode).toBe(1);
  });

  test('an error in post is a warning and leaves the job green', async () => {
    const { host, stdout } = fakeHost();
    await entry(host, 'cache', 'post', async () => {
      throw new WaybillError('DISK_FULL', 'no space', { kind: 'remote' });
    });
    expect(stdout()).toBe('::warning title=DISK_FULL::cache: no space\n');
    expect(host.exitCode).toBeUndefined();
  });

  test('a bug shows where it is', async () => {
    const { host, stdout } = fakeHost();
    await entry(host, 'cache', 'main', async () => {
      throw new TypeError('x is not a function');
    });
    expect(stdout()).toMatch(/^::error title=INTERNAL::TypeError: x is not a function%0A.*entry\.test/);
  });

  test('an error that nobody waited for is told the same way, and ends the work', async () => {
    const { host, listeners, stdout } = fakeHost();
    await entry(host, 'cache', 'post', async ({ signal }) => {
      listeners.get('uncaughtException')?.(new WaybillError('LATE', 'too late', { kind: 'bug' }));
      expect(signal.aborted).toBe(true);
    });
    expect(stdout()).toBe('::warning title=LATE::cache: too late\n');
    expect(host.exitCode).toBeUndefined();
  });

  test.each(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'])(
    'that nobody reads the output (%s) ends the work, and is told to nobody',
    async (code) => {
      const { host, listeners, stdout } = fakeHost();
      await entry(host, 'cache', 'main', async ({ signal }) => {
        listeners.get('uncaughtException')?.(Object.assign(new Error('write'), { code }));
        expect(signal.aborted).toBe(true);
      });
      expect(stdout()).toBe('');
    },
  );

  test('a cancelled job aborts the signal, and no listener is left behind', async () => {
    const { host, listeners } = fakeHost();
    await entry(host, 'cache', 'main', async ({ signal }) => {
      expect(signal.aborted).toBe(false);
      listeners.get('SIGINT')?.(new Error('unused'));
      expect(signal.aborted).toBe(true);
    });
    expect([...listeners.keys()]).toEqual(['uncaughtException']);
    expect(host.exitCode).toBeUndefined();
  });
});
