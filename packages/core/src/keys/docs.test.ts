import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SKIPPED_FOLDERS } from './find-lockfiles.ts';
import { PRESET_NAMES, PRESETS } from './presets.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/keys.md'), 'utf8');

describe('docs/keys.md', () => {
  test('lists every preset with its lockfiles and tools, and no other', () => {
    const section = page.slice(page.indexOf('## Presets'), page.indexOf('## What can be wrong'));
    const rows = section.match(/^\| `.*$/gm)?.map((row) => row.split(' | ').slice(0, 3).join(' | '));
    const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');
    expect(rows).toEqual(
      PRESET_NAMES.map((name) => `| \`${name}\` | ${code(PRESETS[name].lockfiles)} | ${code(PRESETS[name].tools)}`),
    );
  });

  test('names every folder that is not searched', () => {
    const sentence = /^`\.bundle`.*?are not searched/ms.exec(page)?.[0] ?? '';
    expect(sentence.match(/`[^`]+`/g)?.map((word) => word.slice(1, -1))).toEqual(SKIPPED_FOLDERS);
  });
});
