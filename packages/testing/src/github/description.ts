import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { ValidateFunction } from 'ajv';
import { recordOf } from './route.ts';

/** One request and its answer, as the description speaks of them. */
export interface Exchange {
  readonly method: string;
  /** The path's template. */
  readonly template: string;
  readonly query: URLSearchParams;
  readonly requestType: string | undefined;
  readonly requestBody: Uint8Array;
  readonly status: number;
  readonly responseType: string | undefined;
  readonly responseBody: Uint8Array;
}

/** GitHub's published description of its REST API, as a judge of exchanges. */
export interface Description {
  /** What of the exchange is not as described, one line each. */
  check(exchange: Exchange): readonly string[];
}

/** In answers to anything: what every endpoint may say of itself, of a token or of a limit. */
const ERRORS_OF_ALL = new Set([400, 401, 403, 404, 422, 429, 500, 502, 503]);

let loaded: Promise<Description> | undefined;

/** The description of api.github.com from `@octokit/openapi`: 13 MB of JSON, read once in a process. */
export function loadDescription(): Promise<Description> {
  loaded ??= readDescription();
  return loaded;
}

async function readDescription(): Promise<Description> {
  const { Ajv } = await import('ajv');
  const formats = await import('ajv-formats');
  const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
  const json: unknown = JSON.parse(await readFile(file, 'utf8'));
  const document = recordOf(toJsonSchema(json));
  allowStarters(document);
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false });
  formats.default.default(ajv);
  ajv.addSchema({ $id: 'github', components: document['components'] });
  const compiled = new Map<string, ValidateFunction>();

  /** What of the value is not as the schema at this place of the document says. */
  const problems = (place: string, schema: unknown, value: unknown): string[] => {
    let validate = compiled.get(place);
    if (validate === undefined) {
      validate = ajv.compile(recordOf(schema));
      compiled.set(place, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'the whole'} ${message}`);
  };
  const resolve = (value: unknown): Record<string, unknown> => {
    const { $ref } = recordOf(value);
    if (typeof $ref !== 'string') return recordOf(value);
    let at: unknown = document;
    for (const part of $ref.replace('github#/', '').split('/')) at = recordOf(at)[part];
    return recordOf(at);
  };

  return {
    check(exchange) {
      const { method, template, status } = exchange;
      const name = `${method} ${template}`;
      const path = recordOf(recordOf(document['paths'])[template]);
      const operation = recordOf(path[method.toLowerCase()]);
      if (Object.keys(operation).length === 0) return [`${name}: no such operation`];
      const found = [
        ...queryProblems(exchange.query, [path['parameters'], operation['parameters']].flat().map(resolve)),
        ...(status < 400 ? requestProblems(exchange, resolve(operation['requestBody']), problems, name) : []),
        ...responseProblems(exchange, recordOf(operation['responses']), { resolve, problems, name }),
      ];
      return found.map((problem) => `${name}: ${problem}`);
    },
  };
}

type Problems = (place: string, schema: unknown, value: unknown) => string[];

function queryProblems(query: URLSearchParams, parameters: readonly Record<string, unknown>[]): string[] {
  const known = parameters.filter((each) => each['in'] === 'query');
  const unknown = [...query.keys()].filter((key) => !known.some((each) => each['name'] === key));
  const missing = known.filter((each) => each['required'] === true && !query.has(String(each['name'])));
  return [
    ...unknown.map((key) => `the query has ${key}, which is not described`),
    ...missing.map((each) => `the query lacks ${String(each['name'])}`),
  ];
}

function requestProblems(
  exchange: Exchange,
  described: Record<string, unknown>,
  problems: Problems,
  name: string,
): string[] {
  const content = recordOf(recordOf(described['content'])['application/json']);
  if (content['schema'] === undefined || exchange.requestBody.byteLength === 0) return [];
  const value = parseJson(exchange.requestBody);
  const known = recordOf(recordOf(content['schema'])['properties']);
  const extra = Object.keys(recordOf(value)).filter((key) => !Object.hasOwn(known, key));
  return [
    ...problems(`request ${name}`, content['schema'], value).map((problem) => `in the request ${problem}`),
    ...extra.map((key) => `in the request ${key} is not described`),
  ];
}

interface Reader {
  readonly resolve: (value: unknown) => Record<string, unknown>;
  readonly problems: Problems;
  readonly name: string;
}

function responseProblems(exchange: Exchange, responses: Record<string, unknown>, reader: Reader): string[] {
  const { status, responseBody, responseType = '' } = exchange;
  const described = responses[String(status)];
  const { resolve, problems, name } = reader;
  if (described === undefined) {
    if (!ERRORS_OF_ALL.has(status)) return [`status ${status} is not described`];
    const error = { $ref: 'github#/components/schemas/basic-error' };
    return problems('error', error, parseJson(responseBody)).map((problem) => `in the error ${problem}`);
  }
  const content = recordOf(resolve(described)['content']);
  if (Object.keys(content).length === 0) {
    const isError = status >= 400;
    return isError || responseBody.byteLength === 0 ? [] : [`a body with ${status}, where none is described`];
  }
  const type = responseType.split(';')[0] ?? '';
  // Media types that a caller asks for by `Accept` are in the prose of the description alone.
  if (type !== 'application/json') return /octet-stream|vnd\.github\.raw/.test(type) ? [] : [`its type is ${type}`];
  const schema = recordOf(content['application/json'])['schema'];
  return problems(`${name} ${status}`, schema, parseJson(responseBody)).map((problem) => `in the answer ${problem}`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** OpenAPI 3.0 as JSON Schema: `nullable` becomes an alternative, and references lead into the schema `github`. */
function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    if (key === 'example' || key === 'examples' || key === 'nullable') continue;
    out[key] = key === '$ref' && typeof each === 'string' ? each.replace('#/', 'github#/') : toJsonSchema(each);
  }
  return 'nullable' in value && value.nullable === true ? { anyOf: [{ type: 'null' }, out] } : out;
}

/** The state `starter` is described in the text of "Upload a release asset" alone, and not in the schema. */
function allowStarters(document: Record<string, unknown>): void {
  const schemas = recordOf(recordOf(document['components'])['schemas']);
  const state = recordOf(recordOf(recordOf(schemas['release-asset'])['properties'])['state'])['enum'];
  if (!Array.isArray(state)) throw new Error('release-asset has no state');
  state.push('starter');
}
