/** An answer that is still to be sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export function reply(
  status: number,
  headers: Record<string, string> = {},
  body: Uint8Array = new Uint8Array(),
): Reply {
  return { status, headers, body };
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return reply(status, { ...type, ...headers }, Buffer.from(JSON.stringify(value)));
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
