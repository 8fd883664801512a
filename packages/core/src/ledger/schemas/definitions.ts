import type { JsonSchema } from '../../schema/index.ts';

/** What the schemas of records share, under `$defs`. */
export const DEFINITIONS: Readonly<Record<string, JsonSchema>> = {
  digest: {
    type: 'string',
    pattern: '^sha256:[0-9a-f]{64}$',
    description: 'a digest: "sha256:" and 64 lower-case hex characters',
  },
  commit: {
    type: 'string',
    pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$',
    description: 'a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hex characters',
  },
  time: {
    type: 'string',
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$',
    description: 'a time in UTC, as 2026-01-31T12:00:00Z',
  },
  image: {
    type: 'string',
    pattern: '^[a-z0-9.:\\[\\]-]+(/[a-z0-9._-]+)+$',
    maxLength: 255,
    description: 'an image without tag and digest, as ghcr.io/octo-org/app',
  },
  channel: {
    type: 'string',
    pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$',
    description: 'the name of a channel: 1 to 128 of letters, digits, "_", "." and "-", the first no "." or "-"',
  },
  text: { type: 'string', minLength: 1, description: 'a text that is not empty' },
};

/** What a build was made of and by what; fields of both kinds of records, all of them optional. */
export const BUILD_FACTS: Readonly<Record<string, JsonSchema>> = {
  repository: { $ref: '#/$defs/text' },
  commit: { $ref: '#/$defs/commit' },
  commitMessage: { $ref: '#/$defs/text' },
  branch: { $ref: '#/$defs/text' },
  ref: { $ref: '#/$defs/text' },
  headCommit: { $ref: '#/$defs/commit' },
  workflow: { $ref: '#/$defs/text' },
  runId: { $ref: '#/$defs/text' },
  runAttempt: { type: 'integer', minimum: 1, description: 'a whole number from 1' },
  toolchain: {
    type: 'object',
    minProperties: 1,
    additionalProperties: { $ref: '#/$defs/text' },
    description: 'versions of tools, by name',
  },
  buildTime: { $ref: '#/$defs/time' },
  buildDuration: { type: 'number', minimum: 0, description: 'seconds, from 0' },
  baseImages: {
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      required: ['name'],
      properties: { name: { $ref: '#/$defs/text' }, digest: { $ref: '#/$defs/digest' } },
    },
  },
  dependencies: { type: 'array', minItems: 1, items: { $ref: '#/$defs/digest' } },
  platforms: { type: 'array', minItems: 1, items: { $ref: '#/$defs/text' } },
  target: { $ref: '#/$defs/text' },
};
