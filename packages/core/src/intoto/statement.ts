import { WaybillError } from '../errors/index.ts';

/** The `_type` of every statement here (in-toto attestation framework, spec/v1/statement.md). */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** Media type of a statement's JSON, also the payload type inside a DSSE envelope (spec/v1/envelope.md). */
export const STATEMENT_MEDIA_TYPE = 'application/vnd.in-toto+json';

/** A thing that a statement is about. At least one digest; algorithm to lower-case hex. */
export interface Subject {
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
}

/** Who claims what (`predicate`, in the terms of `predicateType`) of which things. */
export interface Statement<P = unknown> {
  readonly _type: typeof STATEMENT_TYPE;
  /** At least one. */
  readonly subject: readonly Subject[];
  /** A URI. */
  readonly predicateType: string;
  readonly predicate: P;
}

/** The statement's bytes: JSON, UTF-8. A field that is undefined does not appear. */
export function encodeStatement(statement: Statement): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(statement));
}

/**
 * The statement in these bytes. The predicate is as it came: whoever knows the predicate type narrows it. Fields that
 * are not known are dropped, as the framework's parsing rules want it.
 * @throws WaybillError `STATEMENT_INVALID`
 */
export function parseStatement(bytes: Uint8Array): Statement {
  const json = parseJson(bytes);
  if (!isObject(json)) throw invalid('it is not a JSON object');
  const { _type, subject, predicateType, predicate } = json;
  if (_type !== STATEMENT_TYPE) throw invalid(`its _type is ${JSON.stringify(_type)}, expected ${STATEMENT_TYPE}`);
  if (!Array.isArray(subject) || subject.length === 0) throw invalid('it has no subject');
  if (typeof predicateType !== 'string' || predicateType === '') throw invalid('it has no predicateType');
  return { _type, subject: subject.map(parseSubject), predicateType, predicate };
}

function parseSubject(json: unknown): Subject {
  if (!isObject(json) || !isObject(json['digest'])) throw invalid('a subject has no digest');
  const digest: Record<string, string> = {};
  for (const [algorithm, value] of Object.entries(json['digest'])) {
    if (typeof value !== 'string') throw invalid(`a subject's ${algorithm} digest is not a string`);
    digest[algorithm] = value;
  }
  if (Object.keys(digest).length === 0) throw invalid('a subject has no digest');
  const { name } = json;
  return typeof name === 'string' ? { name, digest } : { digest };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(why: string, cause?: unknown): WaybillError {
  return new WaybillError('STATEMENT_INVALID', `an in-toto statement cannot be read: ${why}`, {
    kind: 'integrity',
    cause,
  });
}
