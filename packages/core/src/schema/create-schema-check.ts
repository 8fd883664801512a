import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonPath, JsonSchema, SchemaProblem } from './json-schema.ts';

/** All problems of a value, each place once, in the order of the schema; none where it is as the schema says. */
export type SchemaCheck = (value: unknown) => readonly SchemaProblem[];

/**
 * A check by the schema, which is compiled when it is first used. What is expected of a value stands in the schema's
 * `description`, else it follows from its keywords.
 * @throws Error (at first use) for a schema that is not strict (ajv, "Strict mode"): a bug, held by tests
 */
export function createSchemaCheck(schema: JsonSchema): SchemaCheck {
  let validate: ValidateFunction | undefined;
  return (value) => {
    // `verbose` adds the part of the schema that each error is from.
    validate ??= new Ajv2020({ allErrors: true, verbose: true, strict: true }).compile(schema);
    return validate(value) ? [] : problemsOf(validate.errors ?? []);
  };
}

function problemsOf(errors: readonly ErrorObject[]): SchemaProblem[] {
  // Of alternatives only the sum counts: that none of them fits.
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ schemaPath }) => `${schemaPath}/`);
  const problems = errors
    .filter(({ keyword, schemaPath }) => keyword !== 'propertyNames' && !unions.some((u) => schemaPath.startsWith(u)))
    .map(problemOf);
  return [...new Map(problems.map((problem) => [placeOf(problem), problem] as const)).values()];
}

function problemOf(error: ErrorObject): SchemaProblem {
  const path = pathOf(error.instancePath);
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'additionalProperties': {
      const known = Object.keys(fieldsOf(error.parentSchema?.['properties']));
      return { kind: 'unknown-field', path, field: String(params['additionalProperty']), known };
    }
    case 'required':
      return { kind: 'missing-field', path, field: String(params['missingProperty']) };
    default:
      return error.propertyName === undefined
        ? { kind: 'wrong-value', path, expected: expectedOf(error, params) }
        : { kind: 'wrong-name', path, field: error.propertyName, expected: expectedOf(error, params) };
  }
}

/** What was expected; the parameters are those of ajv's documentation, "Error parameters". */
function expectedOf(error: ErrorObject, params: Readonly<Record<string, unknown>>): string {
  const description: unknown = error.parentSchema?.['description'];
  if (typeof description === 'string') return description;
  switch (error.keyword) {
    case 'enum': {
      const allowed = params['allowedValues'];
      return `one of ${(Array.isArray(allowed) ? allowed : []).map((each) => JSON.stringify(each)).join(', ')}`;
    }
    case 'const':
      return JSON.stringify(params['allowedValue']);
    case 'type':
      return TYPES[String(params['type'])] ?? String(params['type']);
    case 'uniqueItems':
      return 'each item once';
    default:
      return error.message ?? error.keyword;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

/** The names in a JSON pointer (RFC 6901). */
function pathOf(pointer: string): JsonPath {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function placeOf(problem: SchemaProblem): string {
  return JSON.stringify([problem.kind, problem.path, 'field' in problem ? problem.field : '']);
}

function fieldsOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
