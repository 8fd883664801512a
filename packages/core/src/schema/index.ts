export { createSchemaCheck, type SchemaCheck } from './create-schema-check.ts';
export type { JsonPath, JsonSchema, SchemaProblem } from './json-schema.ts';
