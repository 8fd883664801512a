import type { JsonSchema } from '../schema/index.ts';
import { DURATION, PERCENT, SIZE } from './units.ts';

/** Statements that a signer or a key may sign. */
const STATEMENTS = ['provenance', 'reuse', 'promotion', 'snapshot', 'vsa', 'verdict'];

const text = { type: 'string', minLength: 1, description: 'text that is not empty' };
const texts = { type: 'array', minItems: 1, items: text };
const duration = { type: 'string', pattern: DURATION, description: 'a duration such as 90s, 5m, 1h, 7d, 2w' };
const size = { type: 'string', pattern: SIZE, description: 'a size such as 500MB or 10GiB' };
const digest = {
  type: 'string',
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'a digest: "sha256:" and 64 lower-case hex characters',
};
const date = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'a date such as 2026-01-31' };
const channelName = {
  type: 'string',
  pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$',
  description: 'a name of 1 to 128 letters, digits, "_", "." and "-", the first no "." or "-"',
};
const kinds = {
  type: 'array',
  minItems: 1,
  uniqueItems: true,
  items: { enum: STATEMENTS },
};
const whole = { type: 'integer', minimum: 1, description: 'a whole number from 1' };

const channel = {
  type: 'object',
  additionalProperties: false,
  required: ['from'],
  properties: {
    from: {
      type: 'array',
      uniqueItems: true,
      items: channelName,
      description: 'a list of channels of the same image; [] takes anything',
    },
    require: { enum: ['integrity', 'signed', 'provenance'] },
    soak: duration,
    image: {
      type: 'string',
      pattern: '^[a-z0-9.:\\[\\]-]+(/[a-z0-9._-]+)+$',
      maxLength: 255,
      description: 'an image without tag and digest, in lower case, as ghcr.io/octo-org/app',
    },
    tag: { ...channelName, description: `a tag: ${channelName.description}` },
    evidence: { type: 'array', uniqueItems: true, items: text },
  },
};

const image = {
  type: 'object',
  additionalProperties: false,
  properties: {
    channels: {
      type: 'object',
      minProperties: 1,
      propertyNames: channelName,
      additionalProperties: channel,
    },
    adopt: { enum: ['same-ref', 'any'] },
  },
};

/** `docs/schemas/waybill-config-v1.schema.json`: what `.github/waybill.yml` may hold. */
export const CONFIG_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:waybill:schema:config:v1',
  title: '.github/waybill.yml',
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: {
    version: { const: 1 },
    images: {
      type: 'object',
      propertyNames: {
        type: 'string',
        pattern: '^[a-z0-9.:\\[\\]*-]+(/[a-z0-9._*-]+)+$',
        maxLength: 255,
        description:
          'an image without tag and digest, in lower case, as ghcr.io/octo-org/app; "*" stands for all but "/", "**" for all',
      },
      additionalProperties: image,
    },
    cache: {
      type: 'object',
      additionalProperties: false,
      properties: {
        store: { anyOf: [text, texts], description: 'a store, or a list of them' },
        unsigned: { enum: ['allow', 'warn', 'refuse'] },
        retention: {
          type: 'object',
          additionalProperties: false,
          properties: { days: whole, 'delete-days': whole, 'max-size': size },
        },
      },
    },
    trust: {
      type: 'object',
      additionalProperties: false,
      properties: {
        signers: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['kind'],
            properties: {
              kind: kinds,
              repository: text,
              workflow: text,
              refs: texts,
              events: texts,
              runner: { enum: ['github-hosted', 'self-hosted'] },
            },
          },
        },
        keys: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['spki', 'kinds'],
            properties: { spki: digest, from: date, until: date, kinds },
          },
        },
        'max-age': duration,
        revoked: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['digest'],
            properties: { digest, why: text },
          },
        },
      },
    },
    alarms: {
      type: 'object',
      additionalProperties: false,
      properties: {
        'hit-rate-below': { type: 'string', pattern: PERCENT, description: 'a share such as 60%' },
        'size-above': size,
        'average-age-above': duration,
      },
    },
  },
};
