import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { createSchemaCheck } from '@waybill/core/schema';
import { SCHEMA_FOLDER, SCHEMAS } from './schemas.ts';

const folder = path.join(import.meta.dirname, '..', SCHEMA_FOLDER);

test.each(Object.entries(SCHEMAS))(
  'docs/schemas/%s is what the code goes by (`npm run schemas` writes it)',
  (name, schema) => {
    const published: unknown = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    // As text: the order of fields is the order of a record's bytes.
    expect(JSON.stringify(published)).toBe(JSON.stringify(schema));
  },
);

test.each(Object.entries(SCHEMAS))('%s has no mistake that a strict reader finds', (_, schema) => {
  expect(() => createSchemaCheck(schema)({})).not.toThrow();
});

test('nothing else is published', () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(SCHEMAS).sort());
});
