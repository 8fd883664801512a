import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PRESET_NAMES } from '@waybill/core/keys';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '..', 'examples', 'cache');

describe('examples/cache', () => {
  test('has a workflow for each preset, and no other', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(PRESET_NAMES.map((name) => `${name}.yml`));
  });

  test.each(PRESET_NAMES)('%s.yml gives its preset to the action', (preset) => {
    const workflow: unknown = parse(readFileSync(join(FOLDER, `${preset}.yml`), 'utf8'));
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
