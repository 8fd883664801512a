import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  changeOnePackage,
  createRandom,
  diffTrees,
  makeLargeFiles,
  makeManyFiles,
  reinstallTree,
  treeFingerprint,
} from './index.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'trees-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const SMALL = { seed: 7, files: 400, folders: 40, totalBytes: 3_000_000 };

describe('createRandom', () => {
  test('gives the numbers of sfc32 for a seed on any machine', () => {
    const random = createRandom(1);
    const first = [random.bits(), random.bits(), random.bits()];
    expect(first).toEqual([1430616025, 1952754846, 3434299685]);
  });

  test('fills every byte, also of a view that starts at an odd offset', () => {
    const bytes = new Uint8Array(4097).subarray(1);
    createRandom(2).fill(bytes);
    const aligned = new Uint8Array(4096);
    createRandom(2).fill(aligned);
    expect(bytes).toEqual(aligned);
    expect(new Set(bytes).size).toBe(256);
    expect(bytes.filter((byte) => byte === 0).length).toBeLessThan(60);
  });
});

describe('makeManyFiles', () => {
  test('makes as many files, folders and bytes as asked', async () => {
    const tree = await makeManyFiles({ dir: join(base, 'a'), ...SMALL });
    const entries = await treeFingerprint(tree.dir);
    const files = entries.filter((entry) => entry.type === 'file');
    expect(files).toHaveLength(400);
    expect(files.reduce((sum, file) => sum + file.size, 0n)).toBe(3_000_000n);
    expect(tree.folders).toBe(40);
    expect(entries.filter((entry) => entry.type === 'symlink')).toHaveLength(tree.symlinks);
    expect(files.some((file) => file.mode === 0o755)).toBe(true);
    expect(tree.packages).toHaveLength(4);
  });

  test('makes the same tree from the same seed, times included, and another from another', async () => {
    await makeManyFiles({ dir: join(base, 'a'), ...SMALL });
    await makeManyFiles({ dir: join(base, 'b'), ...SMALL });
    await makeManyFiles({ dir: join(base, 'c'), ...SMALL, seed: 8 });
    const a = await treeFingerprint(join(base, 'a'));
    expect(diffTrees(a, await treeFingerprint(join(base, 'b')))).toEqual([]);
    expect(diffTrees(a, await treeFingerprint(join(base, 'c')))).not.toEqual([]);
  });

  test('makes text that compresses about as code does', async () => {
    const tree = await makeManyFiles({ dir: join(base, 'a'), ...SMALL, totalBytes: 12_000_000 });
    const entries = await treeFingerprint(tree.dir);
    const texts = entries.filter((entry) => entry.type === 'file' && /\.(js|ts|mjs|cjs)$/.test(entry.path.toString()));
    const all = Buffer.concat(texts.map((entry) => readFileSync(join(tree.dir, entry.path.toString()))));
    const ratio = all.length / zstdCompressSync(all).length;
    expect(ratio).toBeGreaterThan(4);
    expect(ratio).toBeLessThan(9);
  });
});

describe('makeLargeFiles', () => {
  test('makes files of the size asked for, half of which compresses', async () => {
    const tree = await makeLargeFiles({ dir: join(base, 'a'), seed: 3, files: 2, bytesEach: 2_500_000 });
    const content = readFileSync(join(tree.dir, 'model-1/weights.bin'));
    expect(content).toHaveLength(2_500_000);
    const packed = zstdCompressSync(content).length;
    expect(packed).toBeGreaterThan(1_050_000);
    expect(packed).toBeLessThan(1_800_000);
    await makeLargeFiles({ dir: join(base, 'b'), seed: 3, files: 2, bytesEach: 2_500_000 });
    expect(diffTrees(await treeFingerprint(tree.dir), await treeFingerprint(join(base, 'b')))).toEqual([]);
  });
});

describe('changeOnePackage', () => {
  test('changes, adds and removes files of that package alone', async () => {
    const tree = await makeManyFiles({ dir: join(base, 'a'), ...SMALL });
    const [name = ''] = tree.packages;
    const before = await treeFingerprint(tree.dir);
    const change = changeOnePackage({ dir: tree.dir, package: name, seed: 5 });
    const lines = diffTrees(before, await treeFingerprint(tree.dir), 10_000);
    expect(lines.every((line) => line.startsWith(name))).toBe(true);
    expect(lines.filter((line) => line.includes('sha256')).length).toBe(change.changed.length - 1);
    expect(lines.filter((line) => line.endsWith(': missing'))).toHaveLength(1);
    expect(lines.filter((line) => line.endsWith(': unexpected'))).toHaveLength(1);
    expect(change.changedBytes).toBeGreaterThan(100_000);
  });
});

describe('reinstallTree', () => {
  test('makes everything anew with the time of now, and nothing else is another', async () => {
    const tree = await makeManyFiles({ dir: join(base, 'a'), ...SMALL });
    const before = await treeFingerprint(tree.dir);
    const inodes = new Set(readdirSync(tree.dir).map((name) => lstatSync(join(tree.dir, name)).ino));
    const start = Math.floor(Date.now() / 1000);
    reinstallTree(tree.dir);
    const after = await treeFingerprint(tree.dir);
    expect(after.every((entry) => entry.mtimeMicroseconds >= BigInt(start) * 1_000_000n)).toBe(true);
    const timeless = (entries: typeof before) => entries.map((entry) => ({ ...entry, mtimeMicroseconds: 0n }));
    expect(diffTrees(timeless(before), timeless(after))).toEqual([]);
    expect(readdirSync(tree.dir).some((name) => inodes.has(lstatSync(join(tree.dir, name)).ino))).toBe(false);
    expect(readdirSync(base)).toEqual(['a']);
  });
});

describe('treeFingerprint and diffTrees', () => {
  test('see content, mode, time, kind, link and names that are no text', async () => {
    writeFileSync(join(base, 'file'), 'one');
    writeFileSync(Buffer.concat([Buffer.from(`${base}/`), Buffer.from([0x66, 0xff])]), '');
    symlinkSync('nowhere', join(base, 'link'));
    linkSync(join(base, 'file'), join(base, 'hard'));
    const before = await treeFingerprint(base);
    expect(before.map((entry) => entry.type)).toEqual(['directory', 'file', 'file', 'file', 'symlink']);
    expect(before.map((entry) => entry.path.toString('latin1'))).toEqual(['', 'f\xff', 'file', 'hard', 'link'].sort());

    writeFileSync(join(base, 'file'), 'two');
    chmodSync(join(base, 'file'), 0o700);
    utimesSync(join(base, 'file'), 5, 5);
    rmSync(join(base, 'link'));
    rmSync(join(base, 'hard'));
    rmSync(Buffer.concat([Buffer.from(`${base}/`), Buffer.from([0x66, 0xff])]));
    symlinkSync('elsewhere', join(base, 'link'));
    writeFileSync(join(base, 'new\nline'), '');
    const after = await treeFingerprint(base);
    utimesSync(base, 6, 6);
    const lines = diffTrees(before, after);
    const of = (name: string) => lines.find((line) => line.startsWith(`${name}: `)) ?? '';
    expect(of('file')).toMatch(
      /mode expected 644, found 700; sha256 expected 7692c3ad3540, found 3fc4ccfe7458; mtime expected \d+, found 5000000$/,
    );
    expect(of('link')).toContain('target expected nowhere, found elsewhere');
    expect(of('hard')).toBe('hard: missing');
    expect(of('new\\nline')).toBe('new\\nline: unexpected');
    expect(of('f\\xff')).toBe('f\\xff: missing');
  });

  test('tells how many differences it left out', async () => {
    await makeManyFiles({ dir: join(base, 'a'), ...SMALL });
    const lines = diffTrees(await treeFingerprint(join(base, 'a')), [], 3);
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^… and \d+ more$/);
  });
});
