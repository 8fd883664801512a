import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { workflowFiles } from './actionlint.mjs';
import { namesVersion, sourceVersion, toolPath } from './tools.mjs';

test.each([
  ['act version 0.2.89', 'v0.2.89', true],
  ['v1.7.12\ninstalled by building from source', 'v1.7.12', true],
  ['act version 0.2.891', 'v0.2.89', false],
  ['act version 10.2.89', 'v0.2.89', false],
  ['act version 0x2x89', 'v0.2.89', false],
])('%j names the version %s: %s', (output, version, expected) => {
  expect(namesVersion(output, version)).toBe(expected);
});

test('a tool that was built at its version is taken from its folder', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tools-test-'));
  const file = path.join(folder, 'actionlint-v1.7.12', process.platform === 'win32' ? 'actionlint.exe' : 'actionlint');
  mkdirSync(path.dirname(file));
  writeFileSync(file, '');
  expect(await toolPath('actionlint', folder)).toBe(file);
  rmSync(folder, { recursive: true });
});

test("a program of ours is of the version of its files' names and bytes", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tools-test-'));
  const versionWith = (files: Readonly<Record<string, string>>) => {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    return sourceVersion(folder);
  };
  const versions = [
    versionWith({ 'go.mod': 'a', 'main.go': 'b' }),
    versionWith({ 'go.mod': 'a', 'main.go': 'c' }),
    versionWith({ 'go.mod': 'a', 'more.go': 'b' }),
    versionWith({ 'go.mod': 'ab', 'main.go': '' }),
  ];
  expect(new Set(versions).size).toBe(4);
  expect(versionWith({ 'main.go': 'b', 'go.mod': 'a' })).toBe(versions[0]);
  expect(versions[0]).toMatch(/^[0-9a-f]{12}$/);
  rmSync(folder, { recursive: true });
});

test('a program of ours that was built is taken from its folder, for as long as its files stay what they are', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tools-test-'));
  const version = sourceVersion(path.join(import.meta.dirname, '..', 'test', 'registries', 'ggcr'));
  const program = process.platform === 'win32' ? 'ggcr-registry.exe' : 'ggcr-registry';
  const file = path.join(folder, `ggcr-registry-${version}`, program);
  mkdirSync(path.dirname(file));
  writeFileSync(file, '');
  expect(await toolPath('ggcr-registry', folder)).toBe(file);
  rmSync(folder, { recursive: true });
});

test('a tool that nobody pinned is refused', async () => {
  await expect(toolPath('nothing')).rejects.toThrow('nothing is none of act, actionlint, crane');
});

test('workflows are found where they stand, and action manifests are none', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'workflows-test-'));
  for (const file of [
    '.github/workflows/ci.yml',
    'test/workflows/deep/a.yaml',
    'test/workflows/x/action.yml',
    'b.yml',
  ]) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), '');
  }
  expect(workflowFiles(root)).toEqual([
    path.join('.github', 'workflows', 'ci.yml'),
    path.join('test', 'workflows', 'deep', 'a.yaml'),
  ]);
  rmSync(root, { recursive: true });
});
