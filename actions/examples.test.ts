import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PRESET_NAMES } from '@waybill/core/keys';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLES = join(ROOT, 'examples');

describe('examples/cache', () => {
  const folder = join(EXAMPLES, 'cache');

  test('has a workflow for each preset, and no other', () => {
    expect(readdirSync(folder).sort()).toEqual(PRESET_NAMES.map((name) => `${name}.yml`));
  });

  test.each(PRESET_NAMES)('%s.yml gives its preset to the action', (preset) => {
    const workflow: unknown = parse(readFileSync(join(folder, `${preset}.yml`), 'utf8'));
    expect(workflow).toMatchObject({
      name: preset,
      jobs: {
        test: {
          steps: expect.arrayContaining([
            { uses: 'OWNER/waybill@v1', with: { preset, store: 'dir:/var/cache/waybill' } },
          ]),
        },
      },
    });
  });
});

/** Each folder, and the page that says what its workflows are for. */
const PAGES: Readonly<Record<string, string>> = {
  'build-once': 'docs/build-once.md',
  cache: 'docs/keys.md',
  promote: 'docs/promote.md',
  records: 'docs/ledger.md',
};

describe('the examples', () => {
  test('have a page each that refers to them', () => {
    expect(readdirSync(EXAMPLES).sort()).toEqual(Object.keys(PAGES));
    for (const [folder, page] of Object.entries(PAGES)) {
      expect(readFileSync(join(ROOT, page), 'utf8')).toContain(`(../examples/${folder}`);
    }
  });

  test.each(readdirSync(join(EXAMPLES, 'build-once')))('build-once/%s is named in docs/build-once.md', (file) => {
    expect(readFileSync(join(ROOT, 'docs/build-once.md'), 'utf8')).toContain(`(../examples/build-once/${file})`);
  });

  // They hold the rights to push and to write: what they run is what was looked at.
  test.each(
    ['build-once', 'promote', 'records'].flatMap((folder) =>
      readdirSync(join(EXAMPLES, folder)).map((file) => `${folder}/${file}`),
    ),
  )('%s names actions of others by a whole commit, with the version beside it', (file) => {
    const text = readFileSync(join(EXAMPLES, file), 'utf8');
    const others = [...text.matchAll(/uses: (.*)$/gm)].map(([, uses = '']) => uses);
    for (const uses of others.filter((each) => !each.startsWith('OWNER/waybill'))) {
      expect(uses).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });
});
