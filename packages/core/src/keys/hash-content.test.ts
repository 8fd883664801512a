import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '../oci/index.ts';
import { hashContent } from './index.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'waybill-hash-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function plant(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(base, folder, path, '..'), { recursive: true });
    writeFileSync(join(base, folder, path), text);
  }
  return join(base, folder);
}

describe('the hash of a file (S1-23)', () => {
  test('is that of its bytes', async () => {
    const folder = plant('one', { 'a.txt': 'content', empty: '' });
    expect(await hashContent(join(folder, 'a.txt'))).toEqual({
      kind: 'file',
      digest: digestOf(Buffer.from('content')),
      files: 1,
      bytes: 7,
    });
    expect((await hashContent(join(folder, 'empty'))).digest).toBe(digestOf(new Uint8Array()));
  });

  test('that a symlink leads to is the same', async () => {
    const folder = plant('one', { 'a.txt': 'content' });
    symlinkSync('a.txt', join(folder, 'link'));
    expect((await hashContent(join(folder, 'link'))).digest).toBe(digestOf(Buffer.from('content')));
  });

  test('that is not there is the error of the system', async () => {
    await expect(hashContent(join(base, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the hash of a folder', () => {
  const FILES = { 'b.txt': 'two', 'a.txt': 'one', 'deep/er/c.txt': 'three' };

  test('is the same wherever it lies, whatever modes and times are', async () => {
    const [one, two] = [plant('one', FILES), plant('elsewhere/two', FILES)];
    chmodSync(join(two, 'a.txt'), 0o755);
    utimesSync(join(two, 'b.txt'), 1, 1);
    mkdirSync(join(two, 'empty'));
    const first = await hashContent(one);
    expect(first).toEqual({ kind: 'folder', digest: expect.stringMatching(/^sha256:/), files: 3, bytes: 11 });
    expect(await hashContent(two)).toEqual(first);
  });

  test('is known: it is part of the interface', async () => {
    const folder = plant('one', FILES);
    symlinkSync('a.txt', join(folder, 'link'));
    expect((await hashContent(folder)).digest).toBe(
      'sha256:e7ff27ec27127cd20ecb56266cc33cac734b335afa0fe8f13c90322521546430',
    );
  });

  test.each([
    ['a byte', { ...FILES, 'a.txt': 'ONE' }],
    ['a name', { 'b.txt': 'two', 'A.txt': 'one', 'deep/er/c.txt': 'three' }],
    ['a place', { 'b.txt': 'two', 'a.txt': 'one', 'deep/c.txt': 'three' }],
    ['one file less', { 'b.txt': 'two', 'a.txt': 'one' }],
    ['contents that changed places', { ...FILES, 'a.txt': 'two', 'b.txt': 'one' }],
  ])('is another for %s', async (_, files) => {
    expect((await hashContent(plant('other', files))).digest).not.toBe((await hashContent(plant('one', FILES))).digest);
  });

  test('is another for a link and the file that it leads to, and for another target', async () => {
    const [one, two, three] = [plant('one', FILES), plant('two', FILES), plant('three', { ...FILES, link: 'one' })];
    symlinkSync('a.txt', join(one, 'link'));
    symlinkSync('b.txt', join(two, 'link'));
    const digests = await Promise.all([one, two, three].map(async (folder) => (await hashContent(folder)).digest));
    expect(new Set(digests).size).toBe(3);
  });

  test('is refused for what has no content', async () => {
    const folder = plant('one', FILES);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(hashContent(folder)).rejects.toMatchObject({
      code: 'NO_CONTENT',
      message: expect.stringContaining('pipe'),
    });
    await expect(hashContent(join(folder, 'pipe'))).rejects.toMatchObject({ code: 'NO_CONTENT' });
  });
});
