import type { JsonSchema } from '../../schema/index.ts';
import { BUILD_FACTS, DEFINITIONS } from './definitions.ts';

/** `docs/schemas/promotion-record-v1.schema.json`. The order of the fields here is their order in a record's bytes. */
export const PROMOTION_RECORD_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:waybill:schema:promotion-record:v1',
  title: 'A promotion or a rollback',
  type: 'object',
  required: ['schemaVersion', 'kind', 'sequence', 'image', 'channel', 'digest', 'mediaType', 'to', 'tag', 'promotedAt'],
  properties: {
    schemaVersion: { const: 1 },
    kind: { enum: ['promotion', 'rollback'] },
    sequence: { type: 'integer', minimum: 1, description: 'a whole number from 1' },
    previous: { $ref: '#/$defs/digest' },
    image: { $ref: '#/$defs/image' },
    channel: { $ref: '#/$defs/channel' },
    digest: { $ref: '#/$defs/digest' },
    mediaType: { $ref: '#/$defs/text' },
    from: { $ref: '#/$defs/place' },
    to: { $ref: '#/$defs/place' },
    tag: { $ref: '#/$defs/text' },
    actor: { $ref: '#/$defs/text' },
    gate: {
      type: 'object',
      minProperties: 1,
      properties: {
        environment: { $ref: '#/$defs/text' },
        required: { $ref: '#/$defs/text' },
        soak: { type: 'integer', minimum: 0, description: 'whole milliseconds' },
      },
    },
    evidence: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['artifactType', 'digest'],
        properties: { artifactType: { $ref: '#/$defs/text' }, digest: { $ref: '#/$defs/digest' } },
      },
    },
    promotedAt: { $ref: '#/$defs/time' },
    config: {
      type: 'object',
      required: ['digest'],
      properties: { commit: { $ref: '#/$defs/commit' }, digest: { $ref: '#/$defs/digest' } },
    },
    ...BUILD_FACTS,
  },
  $defs: {
    ...DEFINITIONS,
    place: {
      type: 'object',
      required: ['reference'],
      properties: { reference: { $ref: '#/$defs/text' }, channel: { $ref: '#/$defs/channel' } },
    },
  },
};
