import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONFIG_SCHEMA } from '@waybill/core/config';
import { BUILD_RECORD_SCHEMA, PROMOTION_RECORD_SCHEMA } from '@waybill/core/ledger';
import type { JsonSchema } from '@waybill/core/schema';

/** The published schemas: file below docs/schemas, and what it holds. Another version of a format is another file. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  'waybill-config-v1.schema.json': CONFIG_SCHEMA,
  'promotion-record-v1.schema.json': PROMOTION_RECORD_SCHEMA,
  'build-record-v1.schema.json': BUILD_RECORD_SCHEMA,
};

/** Where they stand, from the root. */
export const SCHEMA_FOLDER = path.join('docs', 'schemas');

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = path.join(path.dirname(import.meta.dirname), SCHEMA_FOLDER);
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    writeFileSync(path.join(folder, name), `${JSON.stringify(schema, null, 2)}\n`);
    console.log(path.join(SCHEMA_FOLDER, name));
  }
}
