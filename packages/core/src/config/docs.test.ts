import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { WaybillError } from '../errors/index.ts';
import { CONFIG_SCHEMA } from './config-schema.ts';
import { parseConfig } from './parse-config.ts';

const docs = join(import.meta.dirname, '..', '..', '..', '..', 'docs');
const pages = ['config.md', 'promote.md'].map((name) => [name, readFileSync(join(docs, name), 'utf8')] as const);
const FILE = '.github/waybill.yml';

test.each(pages)('the examples of %s are taken as they stand', (_, page) => {
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(([, text]) => text ?? '')
    .filter((text) => /^version:/m.test(text));
  expect(examples.length).toBeGreaterThan(0);
  for (const text of examples) expect(parseConfig(text, FILE).images.length).toBeGreaterThan(0);
});

test('the message that config.md shows is the one that comes', () => {
  const text = [
    'version: 1',
    'images:',
    '  ghcr.io/octo-org/app:',
    '    channels:',
    '      dev: { fron: [] }',
    '      production: { from: [dev], soak: 1 day }',
    'cahce: { unsigned: refuse }',
  ].join('\n');
  let message = '';
  try {
    parseConfig(text, FILE);
  } catch (error) {
    message = error instanceof WaybillError ? error.message : '';
  }
  expect(pages[0]?.[1]).toContain(`\`\`\`\n${message}\n\`\`\``);
});

test('config.md has every field of the schema', () => {
  const fields = [...JSON.stringify(CONFIG_SCHEMA).matchAll(/"([a-z-]+)":\{"(?:type|enum|const|anyOf|pattern)"/g)].map(
    ([, name]) => name,
  );
  for (const name of new Set(fields)) {
    // Keywords of the schema itself.
    if (name !== 'items' && name !== 'propertyNames')
      expect(pages[0]?.[1]).toMatch(new RegExp(`(?<![\\w-])${name}(?![\\w-])`));
  }
});
