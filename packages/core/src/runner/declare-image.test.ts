import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { declareImage } from './declare-image.ts';

const IMAGE = 'ghcr.io/octo-org/app';
const [ONE, TWO] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'declare-image-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function files(list: string) {
  const [declare, listFile] = [join(folder, 'artifacts'), join(folder, 'list')];
  writeFileSync(declare, '');
  writeFileSync(listFile, list);
  return { declare, list: listFile, text: () => readFileSync(declare, 'utf8').trim() };
}

test.each([
  '',
  '{}',
  '{"version":1,"subjects":[]}',
  `{"subjects":[{"name":"${IMAGE}","digest":"${ONE}","kind":"oci"}, null]}`,
])('an image is declared after %j', (list) => {
  const { text, ...paths } = files(list);
  expect(declareImage(IMAGE, ONE, paths)).toBe(true);
  expect(text()).toBe(`oci://${IMAGE}@${ONE}`);
});

test('a second digest of an image is not declared: the runner would fail the step', () => {
  const { text, ...paths } = files(`{"subjects":[{"name":"${IMAGE}","digest":"${ONE}"}]}`);
  expect(declareImage(IMAGE, TWO, paths)).toBe(false);
  expect(text()).toBe('');
});

test('a runner that does not ask is told nothing', () => {
  expect(declareImage(IMAGE, ONE, { declare: undefined, list: undefined })).toBe(false);
});
