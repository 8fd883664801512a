import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkWorkflows } from './check-workflows.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-workflows-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

test('a folder without workflows and configuration has nothing to tell', async () => {
  expect(await checkWorkflows(folder)).toEqual([]);
});

test('S1-26: workflows that are YAML are in order, with anchors too; other files are none of them', async () => {
  write('.github/workflows/ci.yml', 'on: &on push\njobs: { a: { if: *on } }\n');
  write('.github/workflows/notes.txt', 'a: b: c');
  expect(await checkWorkflows(folder)).toEqual([
    { name: 'workflows', status: 'ok', text: '1 file of .github/workflows can be read' },
  ]);
});

test('S1-26: one that is none is a problem, by file, line and column', async () => {
  write('.github/workflows/ci.yaml', 'on: push\njobs:\n  a: [\n');
  write('.github/workflows/other.yml', 'on: push\n');
  const checks = await checkWorkflows(folder);
  expect(checks).toMatchObject([
    { name: 'workflows', status: 'problem', text: expect.stringMatching(/^\.github\/workflows\/ci\.yaml:\d+:\d+: /) },
  ]);
});

test('a configuration is held against its schema', async () => {
  write('.github/waybill.yml', 'version: 1\n');
  expect(await checkWorkflows(folder)).toMatchObject([{ name: 'config', status: 'ok' }]);
  write('.github/waybill.yml', 'version: 1\nimages: { ghcr.io/octo-org/app: { chanels: {} } }\n');
  expect(await checkWorkflows(folder)).toMatchObject([
    { name: 'config', status: 'problem', text: expect.stringContaining('chanels') },
  ]);
});
