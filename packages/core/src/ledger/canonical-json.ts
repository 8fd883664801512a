import type { JsonSchema } from '../schema/index.ts';

/**
 * The value with the fields that the schema knows, in its order; names of maps sorted; what is unknown, undefined or empty
 * left out. So one record has one spelling.
 */
export function canonical(schema: JsonSchema, value: unknown): unknown {
  return arrange(schema, value, record(schema['$defs']));
}

/** The bytes of a record: JSON, two spaces, a line feed at the end. */
export function encodeCanonical(schema: JsonSchema, value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(canonical(schema, value), null, 2)}\n`);
}

function arrange(schema: JsonSchema, value: unknown, definitions: JsonSchema): unknown {
  const name = schema['$ref'];
  if (typeof name === 'string') return arrange(record(definitions[name.replace('#/$defs/', '')]), value, definitions);
  if (Array.isArray(value)) return value.map((each) => arrange(record(schema['items']), each, definitions));
  if (typeof value !== 'object' || value === null) return value;
  const fields = record(value);
  const known = schema['properties'];
  const rest = record(schema['additionalProperties']);
  const names = known === undefined ? Object.keys(fields).sort() : Object.keys(record(known));
  const arranged = names.flatMap((each): (readonly [string, unknown])[] => {
    if (!Object.hasOwn(fields, each)) return [];
    const inner = arrange(known === undefined ? rest : record(record(known)[each]), fields[each], definitions);
    return isEmpty(inner) ? [] : [[each, inner]];
  });
  return Object.fromEntries(arranged);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function record(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
