import type { JsonSchema } from '../../schema/index.ts';
import { BUILD_FACTS, DEFINITIONS } from './definitions.ts';

/** `docs/schemas/build-record-v1.schema.json`. The order of the fields here is their order in a record's bytes. */
export const BUILD_RECORD_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:waybill:schema:build-record:v1',
  title: 'A build',
  type: 'object',
  required: ['schemaVersion', 'kind', 'image', 'identity', 'digest', 'recordedAt'],
  properties: {
    schemaVersion: { const: 1 },
    kind: { const: 'build' },
    image: { $ref: '#/$defs/image' },
    identity: { type: 'string', minLength: 1, maxLength: 512, description: '1 to 512 characters' },
    digest: { $ref: '#/$defs/digest' },
    mediaType: { $ref: '#/$defs/text' },
    actor: { $ref: '#/$defs/text' },
    recordedAt: { $ref: '#/$defs/time' },
    ...BUILD_FACTS,
  },
  $defs: { ...DEFINITIONS },
};
