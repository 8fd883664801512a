import { json as plainJson, type Reply } from '../loopback/index.ts';

export { type Reply, reply } from '../loopback/index.ts';

/** JSON as GitHub serves it. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return plainJson(status, value, { 'content-type': 'application/json; charset=utf-8', ...headers });
}

const DOCS = 'https://docs.github.com/rest';

/** An error as GitHub's API writes it. */
export function failure(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return json(status, { message, documentation_url: DOCS, status: String(status) }, headers);
}

export interface FieldError {
  readonly resource: string;
  readonly code: string;
  readonly field?: string;
  readonly message?: string;
}

/** 422, with what is wrong field by field. */
export function invalid(message: string, errors: readonly FieldError[] = []): Reply {
  const more = errors.length === 0 ? {} : { errors };
  return json(422, { message, ...more, documentation_url: DOCS, status: '422' });
}

export const notFound = (): Reply => failure(404, 'Not Found');

/** What a ruleset says. */
export const ruleViolation = (what: string): Reply => invalid(`Repository rule violations found\n\n${what}\n\n`);
